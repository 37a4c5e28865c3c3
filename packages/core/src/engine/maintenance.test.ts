import { describe, expect, it } from 'vitest'
import type { ClusterReply, MaintenanceOrder, NodeId } from '../model/index.ts'
import type { HandDriven } from '../testing/hand-driven/cluster.ts'
import { sampleNote, settledCluster, specOf } from '../testing/hand-driven/cluster.ts'

function order(cluster: HandDriven, wanted: MaintenanceOrder, at: NodeId = 'c', force = false): ClusterReply | undefined {
  return cluster.ask(at, { type: 'maintain', order: wanted, force, note: sampleNote })
}

const drain = (...nodes: readonly NodeId[]): MaintenanceOrder => ({ action: 'drain', nodes })
const resume = (...nodes: readonly NodeId[]): MaintenanceOrder => ({ action: 'resume', nodes })
const pause = (group: string | null): MaintenanceOrder => ({ action: 'pause', group })
const unpause = (group: string | null): MaintenanceOrder => ({ action: 'unpause', group })

describe('a drained node', () => {
  it('gives its groups away by a planned move and is given none until it is resumed', () => {
    const cluster = settledCluster()
    expect(order(cluster, drain('a'))).toMatchObject({ ok: true })
    cluster.run(200)
    expect(cluster.serving()).toBe('b')
    cluster.node('b').crash()
    cluster.until(() => cluster.serving() === 'c')
    expect(order(cluster, resume('a'))).toMatchObject({ ok: true })
    cluster.node('c').crash()
    cluster.node('b').start()
    cluster.until(() => cluster.serving() !== '')
    expect(cluster.serving()).toBe('a')
  })

  it('is shown with the operator as the reason, also by a node that was started since', () => {
    const cluster = settledCluster()
    order(cluster, drain('b'))
    cluster.node('c').crash()
    cluster.node('c').start()
    cluster.run(500)
    const { maintenance, groups } = cluster.node('c').status()
    expect(maintenance.drained).toEqual({ b: sampleNote })
    expect(groups[0]?.candidates.find(({ node }) => node === 'b')?.fitness).toEqual({ level: 'unfit', reasons: ['drained by an operator'] })
  })

  it('is not taken by an operator who asks for it by name', () => {
    const cluster = settledCluster()
    order(cluster, drain('b'))
    cluster.switchover('b')
    cluster.run(20)
    const reply = cluster
      .node(cluster.coordinator() ?? '')
      .of('reply')
      .at(-1)?.reply
    expect(reply).toMatchObject({ ok: false, code: 'unfit', message: expect.stringContaining('drained by an operator') })
  })

  it('cannot be the last one on which a group could be with those that it must be with', () => {
    const spec = specOf('abc', { groups: ['db', 'api'] })
    const groups = spec.groups.map((group) => (group.id === 'api' ? { ...group, nodes: ['a'], placement: { together: ['db'] } } : group))
    const cluster = settledCluster({ ...spec, groups })
    expect(order(cluster, drain('a'))).toMatchObject({ ok: false, code: 'last-fit', message: expect.stringContaining('api') })
    expect(order(cluster, drain('b'))).toMatchObject({ ok: true })
  })

  it('cannot be the last one that a group could be on, unless that is wanted: then it keeps the group', () => {
    const cluster = settledCluster()
    order(cluster, drain('b', 'c'))
    expect(order(cluster, drain('a'))).toMatchObject({ ok: false, code: 'last-fit' })
    expect(order(cluster, drain('a'), 'c', true)).toMatchObject({ ok: true })
    cluster.run(3000)
    expect(cluster.serving()).toBe('a')
    order(cluster, resume('c'))
    cluster.run(200)
    expect(cluster.serving()).toBe('c')
  })

  it('is forgotten when it leaves the cluster', () => {
    const cluster = settledCluster(specOf('abc', { outsiders: 'd' }))
    order(cluster, drain('d'))
    const version = cluster.node('a').status().configuration.version
    cluster.node('a').tell({ type: 'request', id: 'leave', request: { type: 'configure', spec: specOf('abc'), version, note: sampleNote } })
    cluster.run(200)
    expect(cluster.node('a').state()).not.toHaveProperty('maintenance')
  })
})

const setFitness = (cluster: HandDriven, node: NodeId, level: 'fit' | 'unfit'): void => {
  cluster.node(node).tell({ type: 'fitness', group: 'g', fitness: { level, reasons: level === 'fit' ? [] : ['a test'] } })
}

describe('a paused group', () => {
  it('stays with its holder whatever becomes of it, and is served there again', () => {
    const cluster = settledCluster()
    expect(order(cluster, pause('g'))).toMatchObject({ ok: true })
    cluster.node('a').tell({ type: 'fitness', group: 'g', fitness: { level: 'unfit', reasons: ['a test'] } })
    cluster.run(3000)
    expect(cluster.serving()).toBe('a')
    cluster.node('a').crash()
    cluster.run(5000)
    expect(cluster.serving()).toBe('')
    cluster.node('a').start()
    cluster.until(() => cluster.serving() === 'a')
  })

  it('moves where an operator asks for it', () => {
    const cluster = settledCluster()
    order(cluster, pause(null))
    cluster.switchover('b')
    cluster.run(200)
    expect(cluster.serving()).toBe('b')
  })

  it('is in the hands of movip again once it is not paused any more', () => {
    const cluster = settledCluster(specOf('abc', { groups: ['g', 'h'] }))
    order(cluster, pause('g'))
    order(cluster, pause(null))
    cluster.node('a').crash()
    cluster.run(3000)
    expect([cluster.serving('g'), cluster.serving('h')]).toEqual(['', ''])
    order(cluster, unpause(null))
    cluster.until(() => cluster.serving('g') !== '' && cluster.serving('h') !== '')
  })

  it('goes back to its holder that was started anew, also where another is preferred by now', () => {
    const spec = specOf('abc')
    const groups = spec.groups.map((group) => ({ ...group, placement: { failback: { afterMs: 1000 } } }))
    const cluster = settledCluster({ ...spec, groups })
    setFitness(cluster, 'a', 'unfit')
    cluster.until(() => cluster.serving() === 'b')
    order(cluster, pause('g'))
    setFitness(cluster, 'a', 'fit')
    cluster.run(5000)
    cluster.node('b').start()
    cluster.until(() => cluster.serving() === 'b')
    cluster.run(5000)
    expect(cluster.serving()).toBe('b')
  })

  it('waits for its holder while that ends in good order and starts anew, until that knows whether it is fit', () => {
    const cluster = settledCluster()
    order(cluster, pause('g'))
    cluster.node('a').tell({ type: 'stop' })
    cluster.run(10_000)
    expect(cluster.serving()).toBe('')
    cluster.node('a').start({ swept: false, fit: false })
    cluster.run(2000)
    cluster.node('a').tell({ type: 'swept' })
    cluster.run(2000)
    expect(cluster.serving()).toBe('')
    setFitness(cluster, 'a', 'fit')
    cluster.until(() => cluster.serving() === 'a')
  })

  it.each(['unfit', 'fit'] as const)('is served after a move that had begun before the pause, by whoever it was to go to: %s', (level) => {
    const cluster = settledCluster()
    const a = cluster.node('a')
    const epoch = a.servedEpoch('g') ?? 0
    a.runs = false
    setFitness(cluster, 'a', 'unfit')
    cluster.run(50)
    order(cluster, pause('g'))
    setFitness(cluster, 'a', level)
    cluster.run(50)
    a.runs = true
    a.released('g', epoch)
    cluster.run(2000)
    const served = ['a', 'b'].filter((node) => (cluster.node(node).servedEpoch('g') ?? 0) > epoch && cluster.node(node).mayServe('g'))
    expect(served).toEqual([level === 'unfit' ? 'b' : 'a'])
  })

  it('is served by another node once its drained holder has let go of it', () => {
    const cluster = settledCluster()
    order(cluster, pause('g'))
    order(cluster, drain('a'))
    cluster.run(3000)
    expect(cluster.serving()).toBe('a')
    cluster.node('a').start()
    cluster.until(() => cluster.serving() === 'b')
  })

  it('says so where it would have moved', () => {
    const cluster = settledCluster()
    order(cluster, pause('g'))
    expect(cluster.node('b').status().maintenance).toEqual({ drained: {}, paused: { g: sampleNote }, pausedAll: null })
  })
})

describe('an order', () => {
  it.each([
    ['a node that there is not', drain('x'), 'unknown-node'],
    ['a group that there is not', pause('x'), 'unknown-group'],
  ] as const)('about %s is refused', (_, wanted, code) => {
    expect(order(settledCluster(), wanted)).toMatchObject({ ok: false, code })
  })

  it('that would drain the last two nodes at once, each asked for alone, is refused for the second', () => {
    const cluster = settledCluster(specOf('abw', { witnesses: 'w' }))
    const coordinator = cluster.node(cluster.coordinator() ?? '')
    coordinator.hangs = true
    const wish = (node: NodeId) => ({ type: 'maintain', order: drain(node), force: false, note: sampleNote }) as const
    coordinator.tell({ type: 'request', id: 'first', request: wish('a') })
    coordinator.tell({ type: 'request', id: 'second', request: wish('b') })
    expect(coordinator.of('reply')).toMatchObject([{ id: 'second', reply: { ok: false, code: 'busy' } }])
  })
})
