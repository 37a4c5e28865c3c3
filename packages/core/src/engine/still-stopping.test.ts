import { expect, it } from 'vitest'
import type { NodeId, PlacementPolicy } from '../model/index.ts'
import { HandDriven, specOf } from '../testing/hand-driven/cluster.ts'

/** a was cut off, and b serves the group by now; a is heard again, and has not stopped the service of its old epoch yet. */
function halfStopped(
  policy?: PlacementPolicy,
  state: 'stopping' | 'stuck' = 'stopping',
): { readonly cluster: HandDriven; readonly old: number; readonly end: () => void } {
  const spec = specOf('abc')
  const groups = spec.groups.map((group) => (policy === undefined ? group : { ...group, placement: policy }))
  const cluster = new HandDriven({ ...spec, groups })
  cluster.start()
  expect(cluster.settle()).toBe('a')
  const a = cluster.node('a')
  const old = a.servedEpoch('g') ?? 0
  a.runs = false
  cluster.isolate('a')
  cluster.run(1100)
  a.tell({ type: 'holding', group: 'g', epoch: old, state })
  cluster.until(() => cluster.node('b').mayServe('g'))
  cluster.run(500)
  cluster.mend()
  cluster.run(500)
  expect(a.lastBeat().holds).toEqual([{ group: 'g', epoch: old, state }])
  const end = (): void => {
    a.runs = true
    a.released('g', old)
  }
  return { cluster, old, end }
}

const unfit = (cluster: HandDriven, ...nodes: readonly NodeId[]): void => {
  for (const id of nodes) cluster.node(id).tell({ type: 'fitness', group: 'g', fitness: { level: 'unfit', reasons: ['a test'] } })
}

it('a node that is still stopping a group is passed over when it has to move', () => {
  const { cluster } = halfStopped()
  unfit(cluster, 'b')
  cluster.run(300)
  expect(cluster.node('c').mayServe('g')).toBe(true)
})

it('a node that is stuck with a group gets it neither by a failback nor by a switchover, and everybody is told why', () => {
  const { cluster, old, end } = halfStopped({ failback: { afterMs: 1000 } }, 'stuck')
  cluster.run(10_000)
  expect(cluster.node('b').mayServe('g')).toBe(true)
  cluster.switchover('a')
  const why = `stuck with g, which it could not stop under epoch ${old}`
  expect(cluster.replyAt()).toMatchObject({ ok: false, message: expect.stringContaining(why) })
  for (const { candidates } of cluster.node('c').status().groups)
    expect(candidates.find(({ node }) => node === 'a')?.fitness).toMatchObject({ level: 'unfit', reasons: [why] })
  end()
  cluster.until(() => cluster.node('a').mayServe('g'))
})

it('a group waits with its holder for a node that is still stopping it, and moves as soon as that is free', () => {
  const { cluster, old, end } = halfStopped()
  unfit(cluster, 'b', 'c')
  cluster.run(10_000)
  expect(cluster.node('b').mayServe('g')).toBe(true)
  cluster.switchover('a')
  expect(cluster.replyAt()).toMatchObject({
    ok: false,
    message: expect.stringContaining(`a: still stopping g under epoch ${old}`),
  })
  end()
  expect(cluster.until(() => cluster.node('b').mayServe('g') === false && cluster.node('a').mayServe('g'))).toBeLessThan(300)
  expect(cluster.node('a').servedEpoch('g')).toBeGreaterThan(old)
})

it('a failback begins to wait only once the preferred node has stopped the group', () => {
  const { cluster, end } = halfStopped({ failback: { afterMs: 2000 } })
  cluster.run(10_000)
  expect(cluster.node('b').mayServe('g')).toBe(true)
  end()
  expect(cluster.until(() => cluster.node('a').mayServe('g') && !cluster.node('b').mayServe('g'))).toBeGreaterThanOrEqual(2000)
})

it('a node that is still stopping a group is shown so by the others', () => {
  const { cluster, old, end } = halfStopped()
  const reasonsAt = (node: NodeId): readonly string[] | undefined =>
    cluster
      .node(node)
      .status()
      .groups[0]?.candidates.find((candidate) => candidate.node === 'a')?.fitness.reasons
  for (const node of ['b', 'c']) expect(reasonsAt(node), node).toEqual([`still stopping g under epoch ${old}`])
  end()
  cluster.run(500)
  for (const node of ['a', 'b', 'c']) expect(reasonsAt(node)).toEqual([])
})
