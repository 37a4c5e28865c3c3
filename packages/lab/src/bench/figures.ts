/** From measured runs to rows: one row a figure, with its bound. Pure. */
import type { Scenario } from '../scenarios.ts'
import type { Trial } from '../trial.ts'

export interface Row {
  readonly name: string
  readonly value: number | null
  readonly unit: 'ms' | 's' | '%' | 'MB' | 'count' | 'x'
  /** The most that is allowed, or with `atLeast` the least. null: shown, not judged. */
  readonly bound: number | null
  readonly atLeast?: true
  readonly ok: boolean
  readonly runs: number
  readonly detail: Readonly<Record<string, unknown>>
}

/** All good runs of one scenario, and why others came to nothing. */
export interface Series {
  readonly scenario: Scenario
  readonly trials: readonly Trial[]
  /** Runs that count for nothing because neighbours took the CPU. */
  readonly stolen: number
  readonly failures: readonly string[]
}

interface Bounds {
  readonly median: number
  readonly max: number
}

/** A planned move may cost this much more than the lab's own floor. */
const PLANNED_OVER_FLOOR: Bounds = { median: 25, max: 100 }
const FAILOVER: Bounds = { median: 1250, max: 1800 }
const FAST: Bounds = { median: 400, max: 800 }
/** "None": not longer than this much of the longest stretch of the same run without a fault. */
const NOTHING_FACTOR = 1.5

function boundsOf({ scenario, trials }: Series, floorMs: number): Bounds {
  switch (scenario.bound) {
    case 'planned':
      return { median: floorMs + PLANNED_OVER_FLOOR.median, max: floorMs + PLANNED_OVER_FLOOR.max }
    case 'failover':
      return FAILOVER
    case 'fast':
      return FAST
    case 'nothing': {
      const control = NOTHING_FACTOR * Math.max(...trials.map(({ controlMs }) => controlMs))
      return { median: control, max: control }
    }
  }
}

/** The rows of one scenario. A run that failed makes every row of it fail: what it would have shown is not known. */
export function rowsOf(series: Series, floorMs: number): readonly Row[] {
  const { scenario, trials, failures, stolen } = series
  const detail = { trials, stolenRuns: stolen, failures }
  const make = (figure: string, value: number | null, unit: Row['unit'], bound: number): Row => ({
    name: `${scenario.name}.${figure}`,
    value: value === null ? null : round(value),
    unit,
    bound: round(bound),
    ok: value !== null && value <= bound && failures.length === 0,
    runs: trials.length,
    detail: figure === 'outage.median' ? detail : {},
  })
  const some = trials.length > 0
  const outages = trials.map(({ outageMs }) => outageMs)
  const bounds = some ? boundsOf(series, floorMs) : { median: 0, max: 0 }
  const two = trials.map(({ dualHolderMs }) => Math.max(dualHolderMs.answers, dualHolderMs.wire))
  const rows = [
    make('outage.median', some ? median(outages) : null, 'ms', bounds.median),
    make('outage.max', some ? Math.max(...outages) : null, 'ms', bounds.max),
    make('dualHolder', some ? sum(two) : null, 'ms', 0),
  ]
  if (scenario.bound === 'nothing') rows.push(make('moves', some ? sum(trials.map(({ moves }) => moves)) : null, 'count', 0))
  return rows
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2
}

/** Of an even number of values the greater of the two in the middle: more than half are not greater. */
export function upperMedian(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}

/** A row for one plain figure. */
export function plainRow(name: string, value: number, unit: Row['unit'], bound: number | null, rest: Pick<Row, 'runs' | 'detail'>): Row {
  return { name, value: round(value), unit, bound: bound === null ? null : round(bound), ok: bound === null || value <= bound, ...rest }
}

/** A row whose figure must not be smaller than its bound. */
export function atLeastRow(name: string, value: number, unit: Row['unit'], bound: number, rest: Pick<Row, 'runs' | 'detail'>): Row {
  return { name, value: round(value), unit, bound, atLeast: true, ok: value >= bound, ...rest }
}
