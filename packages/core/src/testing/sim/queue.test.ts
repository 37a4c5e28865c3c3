import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EventQueue } from './queue.ts'
import { SeededRandom } from './random.ts'

describe('the event queue', () => {
  it('runs everything in the order of time, and of scheduling within one instant', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (times) => {
        const queue = new EventQueue()
        const seen: [number, number][] = []
        for (const [order, time] of times.entries()) queue.at(time, () => seen.push([queue.now, order]))
        queue.runUntil(20)
        expect(seen).toEqual(times.map((time, order): [number, number] => [time, order]).toSorted((a, b) => a[0] - b[0] || a[1] - b[1]))
      }),
    )
  })
})

describe('the seeded generator', () => {
  it('repeats itself for one seed and not for another', () => {
    const draw = (seed: number): number[] => {
      const random = new SeededRandom(seed)
      return Array.from({ length: 20 }, () => random.next())
    }
    expect(draw(7)).toEqual(draw(7))
    expect(draw(7)).not.toEqual(draw(8))
    expect(draw(7).every((value) => value >= 0 && value < 1)).toBe(true)
  })
})
