import { describe, expect, it } from 'vitest'
import type { ClusterReply, DrillRequest, NodeId } from '../model/index.ts'
import { HandDriven, sampleNote, settledCluster, specOf } from '../testing/hand-driven/cluster.ts'
import type { DrillRights } from './strike.ts'
import { outlookOf } from './drill.ts'

/** A cluster at rest, and under which epoch its group is served. */
function drillGround(drills: DrillRights = { permitted: true, supervised: true }): { cluster: HandDriven; epoch: number } {
  const cluster = new HandDriven(specOf('abc'))
  for (const node of cluster.nodes.values()) node.drills = drills
  cluster.start()
  cluster.settle()
  cluster.run(2000)
  return { cluster, epoch: cluster.node('a').status().groups[0]?.epoch ?? 0 }
}

const struck = (cluster: HandDriven): readonly NodeId[] =>
  [...cluster.nodes.values()].filter((node) => node.of('drill').length > 0).map(({ id }) => id)

function drill(cluster: HandDriven, at: NodeId, wish: Partial<DrillRequest>): ClusterReply | undefined {
  return cluster.ask(at, { type: 'drill', group: 'g', epoch: 1, fault: 'kill', forMs: 5000, unsupervised: false, ...wish })
}

describe('a drill', () => {
  it('strikes the holder alone, whoever was asked, and is answered and told of first', () => {
    const { cluster, epoch } = drillGround()
    const [holder] = cluster.settle()
    const [bystander = ''] = ['a', 'b', 'c'].filter((node) => node !== holder && node !== cluster.coordinator())
    expect(drill(cluster, bystander, { epoch, fault: 'isolate' })).toEqual({ ok: true, index: epoch })
    expect(struck(cluster)).toEqual([holder])
    const { effects } = cluster.node(holder ?? '')
    const order = effects.filter(
      (effect) =>
        effect.type === 'drill' ||
        (effect.type === 'send' && effect.message.type === 'reply') ||
        (effect.type === 'event' && effect.event.type === 'drill'),
    )
    expect(order.map(({ type }) => type)).toEqual(['send', 'event', 'drill'])
    expect(order.at(-1)).toEqual({ type: 'drill', fault: 'isolate', forMs: 5000 })
  })

  it('is refused by a node whose configuration permits none, and where nobody would start it again', () => {
    const { cluster, epoch } = drillGround({ permitted: true, supervised: false })
    expect(drill(cluster, 'c', { epoch })).toMatchObject({ ok: false, code: 'no-supervisor' })
    expect(struck(cluster)).toEqual([])
    expect(drill(cluster, 'c', { epoch, unsupervised: true })).toMatchObject({ ok: true })
    const other = drillGround({ permitted: false, supervised: true })
    expect(drill(other.cluster, 'c', { epoch: other.epoch })).toMatchObject({ ok: false, code: 'not-permitted' })
    expect(struck(other.cluster)).toEqual([])
  })

  it('strikes nobody for an epoch that is over', () => {
    const { cluster, epoch } = drillGround()
    expect(drill(cluster, 'c', { epoch: epoch - 1 })).toMatchObject({ ok: false, code: 'not-now' })
    expect(struck(cluster)).toEqual([])
  })

  it('is refused by a node that was never told that drills are allowed', () => {
    const cluster = settledCluster()
    const epoch = cluster.node('a').status().groups[0]?.epoch ?? 0
    expect(drill(cluster, 'b', { epoch })).toMatchObject({ ok: false, code: 'not-permitted' })
    expect(struck(cluster)).toEqual([])
  })

  it('is refused by the holder itself when the cluster could not bear it', () => {
    const { cluster, epoch } = drillGround()
    const holder = cluster.settle()
    const [gone = ''] = ['a', 'b', 'c'].filter((node) => node !== holder && node !== cluster.coordinator())
    cluster.node(gone).crash()
    cluster.run(2000)
    expect(drill(cluster, holder, { epoch })).toMatchObject({ ok: false, code: 'no-redundancy' })
    expect(struck(cluster)).toEqual([])
  })
})

describe('the outlook of a drill', () => {
  const outlook = (cluster: HandDriven, fault: 'switchover' | 'kill' = 'kill') =>
    outlookOf({ spec: specOf('abc'), status: cluster.node('b').status() }, 'g', fault)

  it('names who would take the group', () => {
    const cluster = settledCluster()
    expect(outlook(cluster)).toEqual({ holder: 'a', to: 'b', moves: [{ group: 'g', to: 'b' }], refusal: null })
    expect(outlook(cluster, 'switchover')).toMatchObject({ holder: 'a', to: 'b' })
  })

  it('is a refusal where nobody else could take it, for a planned move, too', () => {
    const cluster = settledCluster()
    for (const id of ['b', 'c']) cluster.node(id).tell({ type: 'fitness', group: 'g', fitness: { level: 'unfit', reasons: ['no link'] } })
    cluster.run(500)
    for (const fault of ['kill', 'switchover'] as const) {
      const { refusal } = outlook(cluster, fault)
      expect(refusal).toMatchObject({ code: 'no-redundancy', message: expect.stringContaining('b: no link') })
    }
  })

  it('is a refusal while the group is paused, and while nobody serves it', () => {
    const cluster = settledCluster()
    cluster.ask('b', { type: 'maintain', order: { action: 'pause', group: 'g' }, force: false, note: sampleNote })
    cluster.run(500)
    expect(outlook(cluster).refusal).toMatchObject({ code: 'not-now', message: expect.stringContaining('is paused') })
    const other = settledCluster()
    const { epoch = 0 } = other.node('a').status().groups[0] ?? {}
    other.node('a').tell({ type: 'holding', group: 'g', epoch, state: 'claiming' })
    other.run(200)
    expect(outlook(other).refusal).toMatchObject({ code: 'not-now', message: 'g is not served at present' })
  })

  it('is a refusal without a quorum', () => {
    const cluster = settledCluster()
    for (const id of ['a', 'c']) cluster.node(id).crash()
    cluster.run(3000)
    expect(outlook(cluster).refusal).toMatchObject({ code: 'no-quorum' })
  })
})
