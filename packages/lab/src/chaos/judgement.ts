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

/** So many outages of a run may be owed to the machine, or this share of them if that is more. */
const STARVED_MAX = 3
const STARVED_SHARE_MAX = 0.01

/** Why a run shows nothing, because too much of it was excused; null: it does show something. */
export function inconclusive(outages: readonly OutageRecord[]): string | null {
  const starved = outages.filter((outage) => outage.starved !== null).length
  const allowed = Math.max(STARVED_MAX, Math.floor(STARVED_SHARE_MAX * outages.length))
  if (starved <= allowed) return null
  return `${starved} of ${outages.length} outages are owed to the machine (allowed: ${allowed}): run it again where movip gets the CPU`
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
