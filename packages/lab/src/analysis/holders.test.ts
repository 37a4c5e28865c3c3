import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Evidence } from './holders.ts'
import { dualHolderMs, evidenceOfAnswers, overlapsOf, tenuresOf } from './holders.ts'

/** A node that shows every 5 ms from `from` to `to`. */
function serving(node: string, from: number, to: number): Evidence[] {
  return Array.from({ length: Math.floor((to - from) / 5) + 1 }, (_, i) => ({ at: from + i * 5, node }))
}

describe('two holders at once', () => {
  it('are not seen where one node follows the other', () => {
    expect(dualHolderMs([...serving('a', 0, 500), ...serving('b', 501, 1000)])).toBe(0)
  })

  it('are seen while both show, for as long as both do', () => {
    expect(dualHolderMs([...serving('a', 0, 500), ...serving('b', 300, 1000)])).toBe(200)
  })

  it('are seen however short the overlap is', () => {
    expect(dualHolderMs([...serving('a', 0, 500), ...serving('b', 500, 1000)])).toBe(5)
  })

  it('are seen when a thawed node speaks a single time', () => {
    expect(dualHolderMs([...serving('a', 0, 500), ...serving('b', 900, 2000), { at: 1500, node: 'a' }])).toBe(5)
  })

  it('are seen between the last sign of a node and its next one, when another showed in between', () => {
    expect(
      dualHolderMs([
        { at: 0, node: 'a' },
        { at: 10, node: 'b' },
        { at: 40, node: 'a' },
        { at: 45, node: 'b' },
      ]),
    ).toBe(30)
  })

  it('are not seen in a move there and a move back', () => {
    expect(dualHolderMs([...serving('a', 0, 500), ...serving('b', 600, 1000), ...serving('a', 1100, 1500)])).toBe(0)
  })

  it('count once where three nodes serve', () => {
    const all = [...serving('a', 0, 500), ...serving('b', 100, 500), ...serving('c', 200, 500)]
    expect(overlapsOf(tenuresOf(all))).toEqual([{ from: 100, to: 500 }])
  })

  it('are judged by when an answer was given, not by when it arrived', () => {
    const answers = [
      { seq: 1, receivedAt: 1, answeredAt: 0.5, by: 'a' },
      { seq: 3, receivedAt: 5, answeredAt: 4.5, by: 'b' },
      { seq: 2, receivedAt: 6, answeredAt: 2.5, by: 'a' },
      { seq: 4, receivedAt: 7, answeredAt: 6.5, by: 'b' },
    ]
    expect(dualHolderMs(evidenceOfAnswers(answers))).toBe(0)
  })

  it('do not depend on the order in which evidence was collected', () => {
    const evidence = [...serving('a', 0, 500), ...serving('b', 300, 1000), { at: 1500, node: 'c' }]
    fc.assert(
      fc.property(
        fc.shuffledSubarray(evidence, { minLength: evidence.length }),
        (shuffled) => dualHolderMs(shuffled) === dualHolderMs(evidence),
      ),
    )
  })

  it('cannot be hidden: wherever both served longer than a pitch, some overlap is found', () => {
    const span = fc.tuple(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 10, max: 1000 }))
    fc.assert(
      fc.property(span, span, ([a, lengthA], [b, lengthB]) => {
        const both = Math.min(a + lengthA, b + lengthB) - Math.max(a, b)
        const found = dualHolderMs([...serving('a', a, a + lengthA), ...serving('b', b, b + lengthB)])
        return both <= 10 || (found > 0 && found <= both + 5)
      }),
    )
  })
})
