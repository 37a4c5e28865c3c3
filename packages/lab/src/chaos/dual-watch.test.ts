import { describe, expect, it } from 'vitest'
import type { Evidence } from '../analysis/holders.ts'
import { dualHolderMs } from '../analysis/holders.ts'
import { DualWatch } from './dual-watch.ts'

function serving(node: string, from: number, to: number): Evidence[] {
  return Array.from({ length: Math.floor((to - from) / 5) + 1 }, (_, i) => ({ at: from + i * 5, node }))
}

/** Judged every second, by what the last six seconds showed. */
function inWindows(evidence: readonly Evidence[], toMs: number): DualWatch {
  const watch = new DualWatch()
  for (let now = 1000; now <= toMs; now += 1000) watch.feed(evidence.filter(({ at }) => at > now - 6000 && at <= now))
  return watch
}

describe('the watch for two holders', () => {
  it('acquits a long run of moves', () => {
    const moves = Array.from({ length: 60 }, (_, i) => serving(i % 2 === 0 ? 'a' : 'b', i * 500, i * 500 + 490)).flat()
    expect(inWindows(moves, 30_000).totalMs).toBe(0)
  })

  it.each([
    ['in one window', 10_000, 10_200],
    ['across the edges of many', 9900, 17_300],
    ['for a single sign', 10_000, 10_000],
  ])('finds as much as a look at everything would, %s', (_, from, to) => {
    const evidence = [...serving('a', 0, 25_000), ...serving('b', from, to)]
    const watch = inWindows(evidence, 30_000)
    expect(watch.totalMs).toBe(dualHolderMs(evidence))
    expect(watch.overlaps).toHaveLength(1)
  })
})
