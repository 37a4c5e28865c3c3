import { expect, it } from 'vitest'
import type { ClusterSpec, FailbackWindow } from '../model/index.ts'
import { specOf } from '../testing/hand-driven/cluster.ts'
import { openWindows, watchWindows } from './windows.ts'

function specWith(window: FailbackWindow): ClusterSpec {
  const spec = specOf('abc', { groups: ['g', 'h'] })
  const placement = { failback: { afterMs: 0, window } }
  return { ...spec, groups: spec.groups.map((group) => (group.id === 'g' ? { ...group, placement } : group)) }
}

const night: FailbackWindow = { from: '02:00', to: '04:00', zone: 'UTC' }
const late: FailbackWindow = { from: '22:00', to: '02:00', zone: 'UTC', days: ['sat'] }
const isOpenAt = (window: FailbackWindow, at: string): boolean => openWindows(specWith(window), new Date(at)).includes('g')

// 2026-01-03 is a saturday.
it.each<[string, FailbackWindow, string, boolean]>([
  ['is closed before it begins', night, '2026-01-03T01:59:59Z', false],
  ['is open from its first minute', night, '2026-01-03T02:00:00Z', true],
  ['is open to the end of its last minute', night, '2026-01-03T03:59:59Z', true],
  ['is closed from the minute in which it ends', night, '2026-01-03T04:00:00Z', false],
  ['goes by the time of its zone in winter', { ...night, zone: 'Europe/Paris' }, '2026-01-03T01:30:00Z', true],
  ['goes by the time of its zone in summer', { ...night, zone: 'Europe/Paris' }, '2026-07-03T01:30:00Z', true],
  ['is closed when only another zone has that time', { ...night, zone: 'Europe/Paris' }, '2026-01-03T03:30:00Z', false],
  ['is closed on other days than its own', { ...night, days: ['mon', 'fri'] }, '2026-01-03T03:00:00Z', false],
  ['is open on its day', { ...night, days: ['mon', 'sat'] }, '2026-01-03T03:00:00Z', true],
  ['may last until midnight', { ...night, from: '23:00', to: '24:00' }, '2026-01-03T23:59:59Z', true],
  ['over midnight is open in the evening of its day', late, '2026-01-03T23:00:00Z', true],
  ['over midnight is open in the night after its day', late, '2026-01-04T01:59:00Z', true],
  ['over midnight is closed in the night before its day', late, '2026-01-03T01:00:00Z', false],
  ['over midnight is closed in the evening after its day', late, '2026-01-04T23:00:00Z', false],
  ['never opens where its zone is not known', { ...night, zone: 'Moon/Tranquility' }, '2026-01-03T03:00:00Z', false],
])('a window %s', (_, window, at, open) => {
  expect(isOpenAt(window, at)).toBe(open)
})

it('a group without a window is never named', () => {
  expect(openWindows(specWith(night), new Date('2026-01-03T03:00:00Z'))).toEqual(['g'])
})

it('which windows are open is told at once', () => {
  const told: (readonly string[])[] = []
  const end = watchWindows(
    () => specWith({ from: '00:00', to: '24:00', zone: 'UTC' }),
    (open) => told.push(open),
  )
  end()
  expect(told).toEqual([['g']])
})
