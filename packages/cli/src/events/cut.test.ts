import { expect, it } from 'vitest'
import { cutLines, cutOf } from './cut.ts'

const all = { since: null, group: null, node: null }
const at = '2026-01-01T12:00:00.000Z'
const event = { at, node: 'b', event: { type: 'role' } }
const place = { last: 1, epoch: 0, order: 0, incident: 0, at }

it('a list that is whole says nothing', () => {
  const cut = cutOf({ events: [event], place, count: 100, limit: 100 }, { ...all, since: 0 })
  expect(cut).toEqual({ leftOut: 0, eventsFrom: null })
  expect(cutLines(cut, 100)).toEqual([])
})

it('a list that was cut says how to see the rest', () => {
  const cut = cutOf({ events: [event], place, count: 340, limit: 100 }, all)
  expect(cutLines(cut, 100)).toEqual(['these are the newest 100; --limit 340 shows 240 more'])
})

it('a list that reaches back further than the memory of the daemon says so', () => {
  const found = { events: [event], place: { ...place, last: 1001 }, count: 1, limit: 100 }
  expect(cutLines(cutOf(found, { ...all, since: Date.parse(at) - 1 }), 100)).toEqual([
    `of its own events this node remembers only those since ${at}; its log has the older ones`,
  ])
  expect(cutOf(found, { ...all, since: Date.parse(at) })).toEqual({ leftOut: 0, eventsFrom: null })
})
