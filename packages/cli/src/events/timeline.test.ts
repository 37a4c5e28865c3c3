import type { EventRecord, MovesAnswer, OrderRecord } from '@movip/core/client'
import { describe, expect, it } from 'vitest'
import { sinceOf, timelineOf } from './timeline.ts'
import type { Wanted } from './timeline.ts'

const all: Wanted = { since: null, group: null, node: null }
const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString()
const event = (second: number, type: string, fields: object = {}): EventRecord => ({
  at: at(second),
  node: 'b',
  event: { type, ...fields },
})
const move = (epoch: number, second: number, group = 'web'): MovesAnswer['moves'][number] => ({
  group,
  from: 'a',
  to: 'c',
  epoch,
  cause: 'a is not heard',
  at: Date.parse(at(second)),
})
const order = (second: number, action: OrderRecord['action'], about: Partial<OrderRecord> = {}): OrderRecord => ({
  index: second,
  action,
  nodes: [],
  group: null,
  at: at(second),
  by: 'ann at b',
  what: action,
  ...about,
})
function kinds(moves: MovesAnswer['moves'], events: readonly EventRecord[], wanted: Wanted, orders: readonly OrderRecord[] = []): string[] {
  return timelineOf({ moves, orders, incidents: [], events }, wanted).map((entry) => {
    if (entry.kind === 'incident') return `${entry.state} of ${entry.node}`
    if (entry.kind === 'order') return `${entry.action} by ${entry.by}`
    return entry.kind === 'move' ? `move ${entry.epoch}` : entry.event.type
  })
}

describe('the timeline', () => {
  it('puts moves and events in the order of their times', () => {
    expect(kinds([move(5, 2), move(9, 4)], [event(1, 'role'), event(3, 'quorum')], all)).toEqual(['role', 'move 5', 'quorum', 'move 9'])
  })

  it('has what operators had done between, and of one group or node what concerns it', () => {
    const orders = [order(1, 'drain', { nodes: ['a', 'b'] }), order(3, 'pause'), order(5, 'unpause', { group: 'web' }), order(6, 'apply')]
    const [drain, pause, unpause, apply] = ['drain', 'pause', 'unpause', 'apply'].map((action) => `${action} by ann at b`)
    expect(kinds([move(5, 2)], [event(4, 'role')], all, orders)).toEqual([drain, 'move 5', pause, 'role', unpause, apply])
    expect(kinds([], [], { ...all, group: 'web' }, orders)).toEqual([pause, unpause])
    expect(kinds([], [], { ...all, group: 'db' }, orders)).toEqual([pause])
    expect(kinds([], [], { ...all, node: 'b' }, orders)).toEqual([drain])
  })

  it('does not say twice that a move was made, nor how it ended', () => {
    expect(kinds([move(5, 2)], [event(7, 'moved', { group: 'web', epoch: 5 })], all)).toEqual(['move 5'])
    expect(kinds([move(5, 2)], [event(7, 'assigned', { group: 'web', epoch: 5 })], all)).toEqual(['move 5'])
  })

  it('keeps an assignment of which the moves say nothing', () => {
    expect(kinds([], [event(7, 'assigned', { group: 'web', epoch: 5 })], all)).toEqual(['assigned'])
  })

  it('can be asked for one group, one node, or what is young', () => {
    const moves = [move(5, 2), move(6, 3, 'db')]
    const events = [event(1, 'active', { group: 'db' }), event(4, 'member', { node: 'c' })]
    expect(kinds(moves, events, { ...all, group: 'db' })).toEqual(['active', 'move 6'])
    expect(kinds(moves, events, { ...all, node: 'c' })).toEqual(['move 5', 'move 6', 'member'])
    expect(kinds(moves, events, { ...all, node: 'b' })).toEqual(['active', 'member'])
    expect(kinds(moves, events, { ...all, since: Date.parse(at(3)) })).toEqual(['move 6', 'member'])
  })
})

describe('a time since which', () => {
  it('is a span before now or a moment', () => {
    expect(sinceOf('10m', 1_000_000)).toBe(400_000)
    expect(sinceOf('2d', 0)).toBe(-172_800_000)
    expect(sinceOf('2026-01-01T00:00:00Z', 5)).toBe(Date.UTC(2026, 0, 1))
  })

  it('may be a date alone, and may name its zone', () => {
    expect(sinceOf('2026-01-31', 5)).toBe(Date.UTC(2026, 0, 31))
    expect(sinceOf('2026-01-31 12:00:30.5+02:00', 5)).toBe(Date.UTC(2026, 0, 31, 10, 0, 30, 500))
    expect(sinceOf('2026-01-31T12:00', 5)).toBe(new Date(2026, 0, 31, 12).getTime())
  })

  it.each(['10', '2026', '10 minutes ago', 'Jan 31', '2026-13-01', '2026-02-31', '2026-01-31T25:00', '10ms', ''])('is not %j', (text) => {
    expect(() => sinceOf(text, 0)).toThrow('neither a span of time nor a moment')
  })

  it('shows what was stolen from a holder and recovered, by group and by node', () => {
    const known = (index: number, state: 'stolen' | 'recovered', group: string) =>
      ({ index, state, group, node: 'a', epoch: 5, endpoint: '10.99.0.50/32', through: 'rtb-1', to: null, at: at(index) }) as const
    const incidents = [known(2, 'stolen', 'web'), known(4, 'recovered', 'web'), known(4, 'stolen', 'mail')]
    const kindsOf = (wanted: Wanted) =>
      timelineOf({ moves: [], orders: [], incidents, events: [event(3, 'role')] }, wanted).map((entry) =>
        entry.kind === 'incident' ? `${entry.group} ${entry.state}` : entry.kind,
      )
    expect(kindsOf(all)).toEqual(['web stolen', 'event', 'web recovered', 'mail stolen'])
    expect(kindsOf({ ...all, group: 'web' })).toEqual(['web stolen', 'web recovered'])
    expect(kindsOf({ ...all, node: 'c' })).toEqual([])
  })
})
