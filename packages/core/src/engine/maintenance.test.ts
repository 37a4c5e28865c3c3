import { describe, expect, it } from 'vitest'
import type { ChangeNote, ClusterReply, ClusterSpec, MaintenanceOrder, NodeId } from '../model/index.ts'
import { HandDriven, specOf } from '../testing/hand-driven/cluster.ts'

const note: ChangeNote = { at: '2026-11-22T16:00:00.000Z', by: 'ann at a', what: 'a test' }

function settled(spec: ClusterSpec = specOf('abc')): HandDriven {
  const cluster = new HandDriven(spec)
  cluster.start()
  cluster.settle()
  return cluster
}

let asked = 0

function order(cluster: HandDriven, wanted: MaintenanceOrder, at: NodeId = 'c', force = false): ClusterReply | undefined {
  const id = `r${++asked}`
  cluster.node(at).tell({ type: 'request', id, request: { type: 'maintain', order: wanted, force, note } })
  cluster.run(20)
  return cluster
    .node(at)
    .of('reply')
    .find((effect) => effect.id === id)?.reply
}

const drain = (...nodes: readonly NodeId[]): MaintenanceOrder => ({ action: 'drain', nodes })
const resume = (...nodes: readonly NodeId[]): MaintenanceOrder => ({ action: 'resume', nodes })
const pause = (group: string | null): MaintenanceOrder => ({ action: 'pause', group })
const unpause = (group: string | null): MaintenanceOrder => ({ action: 'unpause', group })

describe('a drained node', () => {
  it('gives its groups away by a planned move and is given none until it is resumed', () => {
    const cluster = settled()
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
    const cluster = settled()
    order(cluster, drain('b'))
    cluster.node('c').crash()
    cluster.node('c').start()
    cluster.run(500)
    const { maintenance, groups } = cluster.node('c').status()
    expect(maintenance.drained).toEqual({ b: note })
    expect(groups[0]?.candidates.find(({ node }) => node === 'b')?.fitness).toEqual({ level: 'unfit', reasons: ['drained by an operator'] })
  })

  it('is not taken by an operator who asks for it by name', () => {
    const cluster = settled()
    order(cluster, drain('b'))
    cluster.switchover('b')
    cluster.run(20)
    const reply = cluster
      .node(cluster.coordinator() ?? '')
      .of('reply')
      .at(-1)?.reply
    expect(reply).toMatchObject({ ok: false, code: 'unfit', message: expect.stringContaining('drained by an operator') })
  })

  it('cannot be the last one that a group could be on, unless that is wanted: then it keeps the group', () => {
    const cluster = settled()
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
    const cluster = settled(specOf('abc', { outsiders: 'd' }))
    order(cluster, drain('d'))
    const version = cluster.node('a').status().configuration.version
    cluster.node('a').tell({ type: 'request', id: 'leave', request: { type: 'configure', spec: specOf('abc'), version, note } })
    cluster.run(200)
    expect(cluster.node('a').state()).not.toHaveProperty('maintenance')
  })
})

describe('a paused group', () => {
  it('stays with its holder whatever becomes of it, and is served there again', () => {
    const cluster = settled()
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
    const cluster = settled()
    order(cluster, pause(null))
    cluster.switchover('b')
    cluster.run(200)
    expect(cluster.serving()).toBe('b')
  })

  it('is in the hands of movip again once it is not paused any more', () => {
    const cluster = settled(specOf('abc', { groups: ['g', 'h'] }))
    order(cluster, pause('g'))
    order(cluster, pause(null))
    cluster.node('a').crash()
    cluster.run(3000)
    expect([cluster.serving('g'), cluster.serving('h')]).toEqual(['', ''])
    order(cluster, unpause(null))
    cluster.until(() => cluster.serving('g') !== '' && cluster.serving('h') !== '')
  })

  it('says so where it would have moved', () => {
    const cluster = settled()
    order(cluster, pause('g'))
    expect(cluster.node('b').status().maintenance).toEqual({ drained: {}, paused: { g: note }, pausedAll: null })
  })
})

describe('an order', () => {
  it.each([
    ['a node that there is not', drain('x'), 'unknown-node'],
    ['a group that there is not', pause('x'), 'unknown-group'],
  ] as const)('about %s is refused', (_, wanted, code) => {
    expect(order(settled(), wanted)).toMatchObject({ ok: false, code })
  })

  it('that would drain the last two nodes at once, each asked for alone, is refused for the second', () => {
    const cluster = settled(specOf('abw', { witnesses: 'w' }))
    const coordinator = cluster.node(cluster.coordinator() ?? '')
    coordinator.hangs = true
    const wish = (node: NodeId) => ({ type: 'maintain', order: drain(node), force: false, note }) as const
    coordinator.tell({ type: 'request', id: 'first', request: wish('a') })
    coordinator.tell({ type: 'request', id: 'second', request: wish('b') })
    expect(coordinator.of('reply')).toMatchObject([{ id: 'second', reply: { ok: false, code: 'busy' } }])
  })
})
