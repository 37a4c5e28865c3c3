import { describe, expect, it } from 'vitest'
import { createClock } from '../adapters/clock.ts'
import type { HandOver } from './hand-over.ts'
import { adoptionOf, handOverOf, parseHandOver } from './hand-over.ts'

const folder = { dataId: 'disk', generation: 3 }
const next = { dataId: 'disk', generation: 4 }
const clock = createClock()

function handOver(leftMs = 60_000): HandOver {
  const leases = [{ group: 'web', epoch: 7, until: clock.now() + leftMs }]
  return handOverOf({ applied: 9, leases }, { folder, version: '1.2.3', clock, pauseMs: 0 })
}

/** As it is read by whoever gets it. */
function sent(handOver: object): HandOver {
  const read = parseHandOver(JSON.parse(JSON.stringify(handOver)))
  if (read === null) throw new Error('it cannot be read')
  return read
}

describe('what a daemon hands over', () => {
  it('reaches the next life of its folder, with every lease ending when it did, or a moment before', () => {
    const until = clock.now() + 60_000
    const adoption = adoptionOf(sent(handOver()), next, clock)
    if (typeof adoption === 'string') throw new Error(adoption)
    const [lease] = adoption.leases
    expect(adoption.applied).toBe(9)
    expect(lease).toMatchObject({ group: 'web', epoch: 7 })
    expect(lease?.until).toBeLessThanOrEqual(clock.now() + 60_000)
    expect(lease?.until).toBeGreaterThan(until - 2)
  })
  it('counts for no other life of the folder', () => {
    for (const life of [folder, { ...next, generation: 5 }, { ...next, dataId: 'another' }])
      expect(adoptionOf(sent(handOver()), life, clock)).toBe('it is about another life of the data folder')
  })
  it('counts for nothing after a suspend, or once every lease has ended', () => {
    const { bootAheadMs, ...rest } = handOver()
    expect(adoptionOf(sent({ ...rest, bootAheadMs: bootAheadMs - 5000 }), next, clock)).toBe('the machine was suspended meanwhile')
    expect(adoptionOf(sent(handOver(-1)), next, clock)).toBe('every lease has ended meanwhile')
  })
  it('in another form is not guessed at', () => {
    expect(parseHandOver({ ...handOver(), format: 2 })).toBeNull()
    expect(parseHandOver({ ...handOver(), more: 1 })).toBeNull()
    expect(parseHandOver(null)).toBeNull()
  })
})
