import { runSeed } from './run-seed.ts'
import type { ShapeName } from './shape.ts'
import { shippedParts } from './shipped-parts.ts'

/** A row of seeds. */
export interface Batch {
  readonly from: number
  readonly seeds: number
  readonly shape?: ShapeName
  /** Goes on behind a broken rule. */
  readonly keepGoing: boolean
}

export interface Broken {
  readonly seed: number
  readonly shape: string
  readonly what: string
}

export interface BatchResult {
  readonly from: number
  readonly seeds: number
  readonly simulatedMs: number
  readonly events: number
  readonly commits: number
  readonly broken: readonly Broken[]
}

/** Runs one world after the other. */
export function runBatch({ from, seeds, shape, keepGoing }: Batch): BatchResult {
  const sums = { simulatedMs: 0, events: 0, commits: 0 }
  const broken: Broken[] = []
  for (let seed = from; seed < from + seeds; seed++) {
    const result = runSeed({ seed, parts: shippedParts, ...(shape === undefined ? {} : { shape }) })
    sums.simulatedMs += result.simulatedMs
    sums.events += result.events
    sums.commits += result.commits
    if (result.violation !== null) broken.push({ seed, shape: result.shape, what: result.violation.message })
    if (broken.length > 0 && !keepGoing) break
  }
  return { from, seeds, ...sums, broken }
}
