/** To which fault an outage is owed, and whether it came or lasted without an excuse. Pure. */
import type { Window } from '../analysis/outage.ts'
import type { FaultRun } from './fault.ts'
import type { ClientOutage } from './outage-watch.ts'

export interface Explanation {
  /** The fault that caused it; null: none of those that ran could have. */
  readonly cause: FaultRun | null
  /** All that ran, or had ended so shortly before that the cluster may still have been recovering. */
  readonly ran: readonly FaultRun[]
  /** It came or went on while nothing ran and the time for recovery was over. */
  readonly overdue: boolean
}

export interface World {
  /** All voters. */
  readonly nodes: readonly string[]
  /** In this time the cluster recovers from everything. */
  readonly graceMs: number
  /** A loss that lasts longer is noticed by the daemons. */
  readonly leaseMs: number
}

/** The first question in vain was asked a moment before or after what made it vain. */
const SLACK_MS = 60

export function explain(outage: ClientOutage, group: string, runs: readonly FaultRun[], world: World): Explanation {
  const ran = runs.filter((run) => run.from <= outage.to && endOf(run) + world.graceMs >= outage.from)
  const before = ran.filter((run) => run.from <= outage.from + SLACK_MS)
  const candidates = outage.before === null || hasNoQuorum(outage.before, before, world.nodes) ? before.filter(mayIsolate) : []
  const direct = before.filter((run) => hits(run, outage.before, group))
  const windows = ran.map((run) => ({ from: run.from - SLACK_MS, to: endOf(run) + world.graceMs }))
  return { cause: likeliest(direct, outage) ?? likeliest(candidates, outage), ran, overdue: !isCovered(outage, windows) }
}

function endOf({ to }: FaultRun): number {
  return to ?? Number.POSITIVE_INFINITY
}

function hits({ reach }: FaultRun, node: string | null, group: string): boolean {
  return reach.groups.includes(group) || (node !== null && reach.nodes.includes(node))
}

function mayIsolate({ reach }: FaultRun): boolean {
  return reach.nodes.length > 0 || reach.pairs.length > 0
}

/** Whether so many others are hit, or do not hear the holder, that its lease may end although nothing hits the holder itself. */
function hasNoQuorum(holder: string, runs: readonly FaultRun[], nodes: readonly string[]): boolean {
  const hit = new Set(runs.flatMap(({ reach }) => reach.nodes))
  const pairs = runs.flatMap(({ reach }) => reach.pairs)
  const heard = nodes.filter(
    (node) => node === holder || (!hit.has(node) && !pairs.some((pair) => pair.includes(node) && pair.includes(holder))),
  )
  return heard.length <= nodes.length / 2
}

/** One that lasts comes before one that is over, then the latest. */
function likeliest(able: readonly FaultRun[], outage: ClientOutage): FaultRun | null {
  const lasts = (run: FaultRun): number => Number(endOf(run) >= outage.from)
  return able.toSorted((a, b) => lasts(b) - lasts(a) || b.from - a.from)[0] ?? null
}

function isCovered({ from, to }: Window, windows: readonly Window[]): boolean {
  let reached = from
  for (const window of windows.toSorted((a, b) => a.from - b.from)) {
    if (window.from > reached) return false
    reached = Math.max(reached, window.to)
    if (reached >= to) return true
  }
  return false
}
