import { describe, expect, it } from 'vitest'
import type { Effect } from '../../../engine/types.ts'
import type { Beat, ClusterState, DropCause, Entry, NodeId } from '../../../model/index.ts'
import { specOf } from '../../hand-driven/cluster.ts'
import { StoredLog } from '../stored-log.ts'
import { EventsCheck } from './events.ts'
import type { Logged } from './ledger.ts'
import { beatOf } from './samples.ts'
import { StatesCheck } from './states.ts'
import type { Step } from './step.ts'

const bootstrap: ClusterState = { spec: specOf('abc'), assignments: {}, bindings: {}, longestLeaseMs: 1000 }
const gives = (index: number, node: NodeId | null, cause = 'a reason'): Entry => ({
  index,
  term: 1,
  body: { type: 'assign', group: 'g', node, cause },
})
const assigned = (node: NodeId | null, previous: NodeId | null, epoch: number, cause = 'a reason'): Effect => ({
  type: 'event',
  event: { type: 'assigned', group: 'g', node, previous, epoch, cause },
})
const started = (epoch: number): Effect => ({ type: 'event', event: { type: 'lease-started', group: 'g', epoch } })
const lease = (epoch: number, until: number): Effect => ({ type: 'lease', group: 'g', epoch, until })
const dropped = (epoch: number, cause: DropCause): Effect[] => [
  { type: 'event', event: { type: 'dropped', group: 'g', epoch, cause } },
  { type: 'drop', group: 'g', epoch, cause },
]
const beat = (from: NodeId, asks: readonly number[]): Beat =>
  beatOf(from, { coordinator: from, asks: asks.map((epoch) => ({ group: 'g', epoch })) })

/** One node with this log, and a judge of what it does. */
function watched(...entries: readonly Entry[]) {
  const written = new StoredLog({ hard: { term: 1, votedFor: null }, snapshot: { index: 0, term: 0, state: bootstrap }, entries })
  const node: Logged = { id: 'a', written, durable: written }
  const states = new StatesCheck(bootstrap)
  const over = new Set<number>()
  const check = new EventsCheck(
    (epoch) => states.handover(epoch),
    (_group, epoch) => over.has(epoch),
  )
  const state = (index: number): ClusterState => {
    const last = entries.findLast((entry) => entry.index <= index)
    if (last?.body.type !== 'assign') return bootstrap
    return { ...bootstrap, assignments: { g: { node: last.body.node, epoch: last.index, cause: last.body.cause } } }
  }
  const step = (now: number, effects: readonly Effect[], more: Partial<Step> & { index?: number } = {}): void => {
    const applied = more.index === undefined ? null : { index: more.index, state: state(more.index) }
    if (applied !== null) states.applied(node, applied.index, applied.state)
    check.stepped(node, { life: 1, now, news: { type: 'wake' }, effects, applied, ...more })
  }
  return { node, check, states, state, step, over }
}

describe('the check of events', () => {
  it('accepts a move that is told with its epoch, its previous holder and its cause', () => {
    const { step } = watched(gives(1, 'a'), gives(2, 'b'))
    step(0, [assigned('a', null, 1)], { index: 1 })
    expect(() => step(1, [assigned('b', 'a', 2)], { index: 2 })).not.toThrow()
  })

  it.each([
    ['nothing is told', []],
    ['another previous holder is told', [assigned('b', 'c', 2)]],
    ['another cause is told', [assigned('b', 'a', 2, 'another')]],
    ['it is told twice', [assigned('b', 'a', 2), assigned('b', 'a', 2)]],
  ] as const)('convicts a change of hands of which %s', (_, effects) => {
    const { step } = watched(gives(1, 'a'), gives(2, 'b'))
    step(0, [assigned('a', null, 1)], { index: 1 })
    expect(() => step(1, effects, { index: 2 })).toThrow(/events tell every move/)
  })

  it('convicts a move that is told and did not happen, and one without a cause', () => {
    const { step } = watched(gives(1, 'a', ' '))
    expect(() => step(0, [assigned('a', null, 1)], { index: 0 })).toThrow(/events tell every move/)
    expect(() => watched(gives(1, 'a', ' ')).step(0, [assigned('a', null, 1, ' ')], { index: 1 })).toThrow(/gives no cause/)
  })

  it('asks for no word about what a snapshot brings', () => {
    const { step, node, states, state } = watched(gives(1, 'a'), gives(2, 'b'))
    step(0, [], { index: 0 })
    states.applied({ ...node, id: 'b' }, 2, state(2))
    node.written.apply({ id: 1, snapshot: { index: 2, term: 1, state: state(2) } })
    expect(() => step(1, [], { index: 2 })).not.toThrow()
  })

  it('accepts a lease that is begun, renewed and dropped with a true cause', () => {
    const { step } = watched(gives(1, 'a'), gives(2, 'b'))
    step(0, [assigned('a', null, 1), started(1), lease(1, 1000)], { index: 1 })
    step(900, [lease(1, 1900)])
    step(1000, [assigned('b', 'a', 2), ...dropped(1, 'assigned-elsewhere')], { index: 2 })
    expect(() => step(5000, [])).not.toThrow()
  })

  it('convicts a live node that sits on a lease that has ended', () => {
    const { step } = watched()
    step(0, [started(1), lease(1, 1000)])
    step(999, [])
    expect(() => step(1000, [])).toThrow(/every loss is told/)
  })

  it('convicts a lease and a drop of which nothing is told', () => {
    expect(() => watched().step(0, [lease(1, 1000)])).toThrow(/every lease is told/)
    expect(() => watched().step(0, [{ type: 'drop', group: 'g', epoch: 1, cause: 'asked' }])).toThrow(/every loss is told/)
    expect(() => watched().step(0, [started(1)])).toThrow(/every loss is told/)
  })

  it.each(['lease-ended', 'never-leased', 'assigned-elsewhere', 'asked', 'stopping', 'operator'] as const)(
    'convicts a loss that is told with the cause "%s" where that is not so',
    (cause) => {
      const { step } = watched(gives(1, 'a'))
      step(0, [assigned('a', null, 1), started(1), lease(1, 1000)], { index: 1 })
      expect(() => step(500, dropped(1, cause), { index: 1 })).toThrow(/events are true/)
    },
  )

  it('accepts each of these causes where it is so', () => {
    const held = () => {
      const { step } = watched(gives(1, 'a'))
      step(0, [assigned('a', null, 1), started(1), lease(1, 1000)], { index: 1 })
      return step
    }
    held()(1000, dropped(1, 'lease-ended'))
    held()(500, dropped(1, 'asked'), { news: { type: 'message', message: beat('b', [1]) } })
    held()(500, [...dropped(1, 'asked'), { type: 'send', to: 'all', message: beat('a', [1]) }])
    held()(500, dropped(1, 'stopping'), { news: { type: 'stop' } })
    held()(500, dropped(1, 'operator'), { news: { type: 'release-all' } })
    expect(() => watched().step(2000, dropped(1, 'never-leased').slice(0, 1))).not.toThrow()
  })

  it('convicts a lease that is prolonged after its end, and a word of its end while it is running', () => {
    const prolonged = (at: number) => {
      const watch = watched(gives(1, 'a'))
      watch.step(0, [assigned('a', null, 1), started(1), lease(1, 1000)], { index: 1 })
      watch.step(at, [lease(1, 2000)], { index: 1 })
      return watch
    }
    expect(() => prolonged(1000)).toThrow(/what has ended is over: a prolongs the lease of g@1/)
    const { check, node } = prolonged(900)
    const word = { type: 'released', group: 'g', epoch: 1, cause: 'lease-ended', releaseMs: 2 } as const
    expect(() => check.released(node, 1, 1999, word)).toThrow(/events are true/)
    expect(() => check.released(node, 1, 2000, word)).not.toThrow()
  })

  it('convicts a lease that is taken after an operator had the node give up everything, and accepts it in the next life', () => {
    const { step } = watched()
    step(0, [], { news: { type: 'release-all' } })
    expect(() => step(1, [started(1), lease(1, 1000)])).toThrow(/given up is given up: a takes a lease of g@1/)
    expect(() => step(2, [started(1), lease(1, 1000)], { life: 2 })).not.toThrow()
  })

  it('accepts that a group is elsewhere as soon as that is committed, applied there or not', () => {
    const { step, over } = watched(gives(1, 'a'))
    step(0, [assigned('a', null, 1), started(1), lease(1, 1000)], { index: 1 })
    over.add(1)
    expect(() => step(500, dropped(1, 'assigned-elsewhere'), { index: 1 })).not.toThrow()
  })

  it('forgets what an earlier life has told', () => {
    const { step } = watched()
    step(0, [started(1), lease(1, 1000)])
    expect(() => step(9000, [], { life: 2 })).not.toThrow()
  })

  it('convicts a runner that tells another reason for a release than its engine', () => {
    const { step, check, node } = watched()
    step(0, [started(1), lease(1, 1000)])
    step(1000, dropped(1, 'lease-ended'))
    const event = { type: 'released', group: 'g', epoch: 1, releaseMs: 2 } as const
    expect(() => check.released(node, 1, 1002, { ...event, cause: 'lease-ended' })).not.toThrow()
    expect(() => check.released(node, 1, 1002, { ...event, cause: 'operator' })).toThrow(/events are true/)
  })
})
