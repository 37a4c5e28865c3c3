import { describe, expect, it } from 'vitest'
import type { ClusterState, NodeId } from '../model/index.ts'
import { RaftLog } from '../raft/log.ts'
import type { HandDriven } from '../testing/hand-driven/cluster.ts'
import { sampleNote, settledCluster, specOf } from '../testing/hand-driven/cluster.ts'
import { applyEntry } from './apply.ts'

const coordinatorOf = (cluster: HandDriven): NodeId => cluster.coordinator() ?? ''
const followerOf = (cluster: HandDriven): NodeId => (coordinatorOf(cluster) === 'b' ? 'c' : 'b')
const versionAt = (cluster: HandDriven, node: NodeId): number => cluster.node(node).status().configuration.version
const more = specOf('abc', { groups: ['g', 'h'] })

describe('a change of the configuration', () => {
  it('may be asked for at any node, and is answered with its version once a quorum has it', () => {
    const cluster = settledCluster()
    const at = followerOf(cluster)
    const reply = cluster.ask(at, { type: 'configure', spec: more, version: versionAt(cluster, at), note: sampleNote })
    expect(reply).toEqual({ ok: true, index: versionAt(cluster, at) })
    cluster.run(200)
    for (const node of 'abc') expect(cluster.node(node).status().configuration.version).toBe(versionAt(cluster, at))
    expect(cluster.node('a').state().history?.at(-1)).toMatchObject({ spec: more, note: sampleNote })
  })

  it('made from a version that is not in force any more is refused, and nothing is overwritten', () => {
    const cluster = settledCluster()
    const version = versionAt(cluster, 'a')
    expect(cluster.ask('b', { type: 'configure', spec: more, version, note: sampleNote })).toMatchObject({ ok: true })
    const other = specOf('abc', { groups: ['g', 'i'] })
    const reply = cluster.ask('c', { type: 'configure', spec: other, version, note: sampleNote })
    expect(reply).toMatchObject({ ok: false, code: 'outdated', message: expect.stringContaining(`made from version ${version}`) })
    expect(cluster.node('a').state().spec).toEqual(more)
  })

  it('of two that are asked for in the same moment only one is made', () => {
    const cluster = settledCluster()
    const coordinator = cluster.node(coordinatorOf(cluster))
    const version = versionAt(cluster, 'a')
    coordinator.tell({ type: 'request', id: 'first', request: { type: 'configure', spec: more, version, note: sampleNote } })
    coordinator.tell({
      type: 'request',
      id: 'second',
      request: { type: 'configure', spec: specOf('abc', { groups: [] }), version, note: sampleNote },
    })
    cluster.run(20)
    expect(coordinator.of('reply').map(({ id, reply }) => [id, reply.ok])).toEqual([
      ['second', false],
      ['first', true],
    ])
  })

  it('is not answered before a quorum has it, and as unknown when the coordinator loses its office meanwhile', () => {
    const cluster = settledCluster()
    const coordinator = coordinatorOf(cluster)
    cluster.isolate(coordinator)
    expect(
      cluster.ask(coordinator, { type: 'configure', spec: more, version: versionAt(cluster, coordinator), note: sampleNote }),
    ).toBeUndefined()
    cluster.run(2000)
    expect(cluster.node(coordinator).of('reply').at(-1)?.reply).toMatchObject({ ok: false, code: 'no-quorum' })
  })

  it('keeps its version when a snapshot takes the place of its entry', () => {
    const cluster = settledCluster()
    expect(cluster.ask('a', { type: 'configure', spec: more, version: versionAt(cluster, 'a'), note: sampleNote })).toMatchObject({
      ok: true,
    })
    const state = cluster.node('a').state()
    expect(new RaftLog({ index: 999, term: 1, state }, []).spec).toEqual({ index: 999, version: versionAt(cluster, 'a'), spec: more })
  })
})

describe('the history of configurations', () => {
  it('keeps the latest twenty, with their versions in order', () => {
    const cluster = settledCluster()
    for (let change = 0; change < 25; change += 1) {
      const spec = specOf('abc', { groups: ['g', `h${change}`] })
      expect(cluster.ask('a', { type: 'configure', spec, version: versionAt(cluster, 'a'), note: sampleNote })).toMatchObject({ ok: true })
      cluster.run(500)
    }
    const history = cluster.node('b').state().history ?? []
    expect(history.map(({ spec }) => spec.groups[1]?.id)).toEqual(Array.from({ length: 20 }, (_, index) => `h${index + 5}`))
    const versions = history.map(({ version }) => version)
    expect(versions).toEqual(versions.toSorted((a, b) => a - b))
  })

  it('forgets old ones sooner where they are so long that a snapshot would not fit into a message', () => {
    const cluster = settledCluster()
    for (let change = 0; change < 6; change += 1) {
      const options = { text: `${change}`.padEnd(500_000, '.') }
      const { groups, ...rest } = specOf('abc')
      const spec = { ...rest, groups: groups.map((group) => ({ ...group, endpoints: [{ id: 'e', backend: 'x', options }] })) }
      expect(cluster.ask('a', { type: 'configure', spec, version: versionAt(cluster, 'a'), note: sampleNote })).toMatchObject({ ok: true })
      cluster.run(500)
    }
    const history = cluster.node('b').state().history ?? []
    expect(history.map(({ spec }) => String(spec.groups[0]?.endpoints[0]?.options['text']).slice(0, 2))).toEqual(['2.', '3.', '4.', '5.'])
  })

  it('begins with the next change where the snapshot is from before there was one', () => {
    const { spec, assignments, bindings, longestLeaseMs } = settledCluster().node('b').state()
    const old: ClusterState = { spec, assignments, bindings, longestLeaseMs }
    expect(new RaftLog({ index: 7, term: 1, state: old }, []).spec.version).toBe(0)
    expect(applyEntry(old, { index: 8, term: 1, body: { type: 'cluster', spec: more } }).history).toEqual([{ version: 8, spec: more }])
  })
})
