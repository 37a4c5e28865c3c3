import { describe, expect, it } from 'vitest'
import type { ClusterSpec, NodeId } from '../model/index.ts'
import { HandDriven, specOf } from '../testing/hand-driven/cluster.ts'

const fence = [{ agent: 'fence_dummy', options: {}, secrets: {}, action: 'off', timeoutMs: 20_000 } as const]

/** Every group asks for a fence. */
function fencedSpec(voters = 'abc'): ClusterSpec {
  const spec = specOf(voters)
  return {
    ...spec,
    nodes: spec.nodes.map((node) => ({ ...node, fence })),
    groups: spec.groups.map((group) => ({ ...group, fence: 'required' })),
  }
}

function started(spec = fencedSpec()): HandDriven {
  const cluster = new HandDriven(spec)
  cluster.start()
  expect(cluster.settle()).toBe('a')
  return cluster
}

/** Whom a node takes to be able to run the group still, as far as it has applied the log. */
function suspectsAt(cluster: HandDriven, node: NodeId): readonly NodeId[] {
  return (cluster.node(node).state().suspects?.['g'] ?? []).map((suspect) => suspect.node)
}

/** a holds the group and is heard no more, and b was given it. */
function withoutA(): { readonly cluster: HandDriven; readonly epoch: number } {
  const cluster = started()
  const epoch = cluster.node('a').servedEpoch('g') ?? 0
  cluster.isolate('a')
  cluster.until(() => cluster.node('b').mayServe('g'), 'b has the group')
  return { cluster, epoch }
}

describe('a former holder of a group that asks for a fence', () => {
  it('is under suspicion when it has not said that it let the group go', () => {
    const { cluster, epoch } = withoutA()
    expect(cluster.node('b').state().suspects).toEqual({ g: [{ node: 'a', epoch }] })
  })

  it('is above suspicion when it has said so', () => {
    const cluster = started()
    cluster.switchover('b')
    cluster.until(() => cluster.node('b').mayServe('g'))
    expect(cluster.node('b').state().suspects).toBeUndefined()
  })

  it('is above suspicion where the group asks for no fence', () => {
    const cluster = started(specOf('abc'))
    cluster.isolate('a')
    cluster.until(() => cluster.node('b').mayServe('g'))
    expect(cluster.node('b').state().suspects).toBeUndefined()
  })

  it('is cleared by its own word, as soon as it is heard again', () => {
    const { cluster } = withoutA()
    cluster.run(30_000)
    cluster.mend()
    cluster.until(() => suspectsAt(cluster, 'b').length === 0, 'a is cleared')
    expect(cluster.node('b').events('cleared')).toMatchObject([{ suspect: 'a', how: 'a has released it' }])
    cluster.run(1000)
    expect(cluster.node('a').lastBeat().released).toEqual([])
  })

  it('is not cleared while it still stops the service', () => {
    const cluster = started()
    const a = cluster.node('a')
    const epoch = a.servedEpoch('g') ?? 0
    a.runs = false
    cluster.isolate('a')
    cluster.until(() => cluster.node('b').mayServe('g'))
    cluster.mend()
    cluster.run(5000)
    expect(suspectsAt(cluster, 'b')).toEqual(['a'])
    a.runs = true
    a.released('g', epoch)
    cluster.until(() => suspectsAt(cluster, 'b').length === 0)
  })

  it('is cleared after its restart only once it has looked at what its last life left behind', () => {
    const { cluster } = withoutA()
    cluster.node('a').start({ swept: false })
    cluster.mend()
    cluster.run(5000)
    expect(suspectsAt(cluster, 'b')).toEqual(['a'])
    cluster.node('a').tell({ type: 'swept' })
    cluster.until(() => suspectsAt(cluster, 'b').length === 0)
  })

  it('is cleared by who fenced it, and not of what it was given later', () => {
    const { cluster, epoch } = withoutA()
    cluster
      .node('b')
      .tell({ type: 'request', id: 'x', request: { type: 'clear', node: 'a', epochs: [epoch + 100], how: 'fenced too early' } })
    cluster.run(200)
    expect(suspectsAt(cluster, 'b')).toEqual(['a'])
    cluster.node('b').tell({ type: 'request', id: 'y', request: { type: 'clear', node: 'a', epochs: [epoch], how: 'fenced by b' } })
    cluster.until(() => suspectsAt(cluster, 'b').length === 0)
    expect(cluster.node('b').of('reply').at(-1)).toMatchObject({ id: 'y', reply: { ok: true } })
  })

  it('stays under suspicion when the next holder is lost, too, which is then as well', () => {
    const cluster = new HandDriven(fencedSpec('abcde'))
    cluster.start()
    expect(cluster.settle()).toBe('a')
    cluster.isolate('a')
    cluster.until(() => cluster.node('b').mayServe('g'))
    cluster.isolate('b')
    cluster.until(() => cluster.node('c').mayServe('g'))
    expect(suspectsAt(cluster, 'c')).toEqual(['a', 'b'])
  })

  it('keeps nobody’s place: who waits for its fence longer than that takes gives way to another', () => {
    const cluster = started()
    cluster.node('b').runs = false
    cluster.isolate('a')
    cluster.until(() => cluster.node('b').mayServe('g'))
    cluster.node('b').tell({ type: 'holding', group: 'g', epoch: cluster.node('b').servedEpoch('g') ?? 0, state: 'claiming' })
    cluster.run(15_000)
    expect(cluster.node('b').of('drop')).toEqual([])
    cluster.until(() => cluster.node('b').of('drop').length > 0)
  })

  it('cannot be brought back under its name before it is cleared', () => {
    const { cluster, epoch } = withoutA()
    const spec = fencedSpec()
    const without = { ...spec, nodes: spec.nodes.filter(({ id }) => id !== 'a') }
    const configure = (id: string, next: ClusterSpec): string | null | undefined => {
      const node = cluster.node(cluster.coordinator() ?? '')
      node.tell({ type: 'configure', id, spec: next })
      cluster.run(3000)
      return node.of('configured').find((answer) => answer.id === id)?.refused
    }
    cluster.run(3000)
    const removed = { ...without, groups: without.groups.map((group) => ({ ...group, nodes: ['b', 'c'] })) }
    expect(configure('out', removed)).toBeNull()
    expect(configure('in', { ...spec, nodes: spec.nodes.map((node) => ({ ...node, voter: node.id !== 'a' })) })).toContain(
      'movip fence a --confirmed',
    )
    cluster.node('b').tell({ type: 'request', id: 'y', request: { type: 'clear', node: 'a', epochs: [epoch], how: 'seen off' } })
    cluster.run(200)
    expect(configure('again', { ...spec, nodes: spec.nodes.map((node) => ({ ...node, voter: node.id !== 'a' })) })).toBeNull()
  })

  it('is forgotten when the group asks for no fence any more', () => {
    const { cluster } = withoutA()
    const spec = fencedSpec()
    const node = cluster.node(cluster.coordinator() ?? '')
    node.tell({ type: 'configure', id: 'x', spec: { ...spec, groups: specOf('abc').groups } })
    cluster.run(500)
    expect(cluster.node('b').state().suspects).toBeUndefined()
  })
})
