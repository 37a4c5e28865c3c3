import { describe, expect, it } from 'vitest'
import { planStorms } from './plan.ts'

const kinds = [
  { name: 'freeze', weight: 3, lengthMs: [50, 12_000] },
  { name: 'flush', weight: 1, lengthMs: [0, 0] },
] as const

const plan = (seed: number, totalMs = 180_000) => planStorms({ seed, totalMs, calmMs: 13_600, kinds })
const shape = (seed: number) =>
  plan(seed).map(({ lengthMs, faults }) => [
    lengthMs,
    faults.map((fault) => [fault.id, fault.atMs, fault.kind.name, fault.lengthMs, fault.random.next()]),
  ])

describe('a plan of chaos', () => {
  it('is the same for the same seed, to the last draw, and another for another', () => {
    expect(shape(7)).toEqual(shape(7))
    expect(shape(7)).not.toEqual(shape(8))
  })

  it.each([1, 2, 3, 4, 5])('fills the time with storms, each with a calm after it (seed %i)', (seed) => {
    const storms = plan(seed)
    expect(storms.reduce((sum, { lengthMs }) => sum + lengthMs + 13_600, 0)).toBeCloseTo(180_000)
    expect(storms.every(({ lengthMs }) => lengthMs >= 12_000)).toBe(true)
  })

  it.each([1, 2, 3, 4, 5])(
    'begins every fault in its storm and lets none last longer than its kind or, but for the least, than the storm (seed %i)',
    (seed) => {
      const faults = plan(seed).flatMap((storm) => storm.faults.map((fault) => ({ ...fault, stormMs: storm.lengthMs })))
      for (const { atMs, lengthMs, kind, stormMs } of faults) {
        expect(atMs).toBeLessThan(stormMs)
        expect(lengthMs).toBeGreaterThanOrEqual(kind.lengthMs[0])
        expect(lengthMs).toBeLessThanOrEqual(kind.lengthMs[1])
        expect(atMs + lengthMs).toBeLessThanOrEqual(stormMs + kind.lengthMs[0])
      }
      expect(new Set(faults.map(({ id }) => id)).size).toBe(faults.length)
    },
  )

  it('draws every kind, also several at once', () => {
    const faults = Array.from({ length: 10 }, (_, seed) => plan(seed)).flatMap((storms) => storms.flatMap((storm) => storm.faults))
    expect(new Set(faults.map(({ kind }) => kind.name))).toEqual(new Set(['freeze', 'flush']))
    expect(faults.some((fault, i) => fault.atMs + fault.lengthMs > (faults[i + 1]?.atMs ?? Infinity))).toBe(true)
  })

  it('has no storm where there is no time for one', () => {
    expect(plan(1, 20_000)).toEqual([])
  })
})
