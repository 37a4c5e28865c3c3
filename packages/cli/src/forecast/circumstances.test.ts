import { expect, it } from 'vitest'
import { eventsHere, ordersOf } from './circumstances.ts'

const note = { at: '2026-01-01T00:00:00.000Z', by: 'ann at a', what: 'drain b' }
const event = (second: number, type: string, fields: object) => ({
  at: `2026-01-01T00:00:0${second}.000Z`,
  node: 'b',
  event: { type, group: 'web', ...fields },
})

it('orders are told with who gave them and since when, and only those that concern the group where one is named', () => {
  const maintenance = { drained: { b: note, z: note }, paused: { web: note, mail: note }, pausedAll: null }
  expect(ordersOf(maintenance)).toHaveLength(4)
  expect(ordersOf(maintenance, { group: 'web', nodes: ['a', 'b'] })).toEqual([
    'web is paused by ann at a, 2026-01-01T00:00:00.000Z: it does not fail over; end it with movip unpause web',
    'b is drained by ann at a, 2026-01-01T00:00:00.000Z; end it with movip resume b',
  ])
})

it('restarts of a service are counted, the last one with its reason', () => {
  const events = [
    event(1, 'repaired', { endpoint: 'app', why: 'it was gone' }),
    event(2, 'repaired', { endpoint: 'app', why: 'it has ended with 1' }),
    event(3, 'repaired', { endpoint: 'app', group: 'mail', why: 'another group' }),
  ]
  expect(eventsHere(events, 'web')).toEqual([
    'app was brought up again 2 times, the last time 2026-01-01T00:00:02.000Z: it has ended with 1',
  ])
})

it('a group that is stuck says why until it is released', () => {
  const stuck = event(1, 'stuck', { why: 'app: release: FAILED' })
  expect(eventsHere([stuck], 'web')).toEqual(['stuck since 2026-01-01T00:00:01.000Z: app: release: FAILED'])
  expect(eventsHere([stuck, event(2, 'released', {})], 'web')).toEqual([])
})
