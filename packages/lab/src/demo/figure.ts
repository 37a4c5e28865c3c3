import type { DemoResult } from './demo.ts'

/** What one scenario has cost over its rounds. Pure. */
export function figureOf(
  name: string,
  trials: readonly { readonly outageMs: number; readonly twoMs: number; readonly moves: number }[],
): DemoResult['scenarios'][number] {
  const sorted = trials.map(({ outageMs }) => outageMs).toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const median = sorted.length % 2 === 1 ? sorted[Math.floor(middle)] : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
  return {
    name,
    runs: trials.length,
    outageMs: { median: round(median ?? 0), max: round(sorted.at(-1) ?? 0) },
    dualHolderMs: round(Math.max(0, ...trials.map(({ twoMs }) => twoMs))),
    moves: trials.reduce((sum, { moves }) => sum + moves, 0),
  }
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10
}
