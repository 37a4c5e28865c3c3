/** What the umpire writes down. Times are ms since the beginning of the run, lengths are ms. */
import type { Wait } from './starvation.ts'

export interface OutageRecord {
  readonly group: string
  readonly atMs: number
  readonly lengthMs: number
  /** Kind of the fault that it is owed to; STARVED: the machine itself was starved; null: nothing explains it. */
  readonly cause: string | null
  /** The fault in words. */
  readonly fault: string | null
  /** What the daemons say of it. */
  readonly events: string
  /** Of an outage that is owed to the machine itself: who waited for a CPU meanwhile. */
  readonly starved: Wait | null
  /** How many faults ran, or had just ended. */
  readonly faults: number
}

/** Cause of an outage of this machine's own. */
export const STARVED = 'starved-machine'

/** What the daemons say of an outage that is over before they could have noticed: shorter than a lease. */
export const NO_EVENT = 'no event'

/** For people. */
export function tellOf({ who, waitedMs }: Wait): string {
  return `the machine was starved: ${who} waited ${waitedMs.toFixed(0)} ms for a CPU`
}

/** Something that must not be. */
export interface Finding {
  readonly what: string
  readonly fromMs: number
  readonly toMs: number
  /** What ran, or had just ended. */
  readonly faults: readonly string[]
  /** What the daemons wrote around it. */
  readonly log: readonly string[]
}

export interface CauseRow {
  readonly cause: string
  readonly outages: number
  readonly longestMs: number
  readonly totalMs: number
}

/** One row for each cause, the costliest first. */
export function causesOf(outages: readonly OutageRecord[]): readonly CauseRow[] {
  const byCause = Map.groupBy(outages, ({ cause }) => cause ?? 'unexplained')
  const rows = [...byCause].map(([cause, records]) => {
    const lengths = records.map(({ lengthMs }) => lengthMs)
    return { cause, outages: records.length, longestMs: Math.max(...lengths), totalMs: lengths.reduce((sum, ms) => sum + ms, 0) }
  })
  return rows.toSorted((a, b) => b.totalMs - a.totalMs)
}
