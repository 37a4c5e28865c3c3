/** Whether the machine itself, and not movip, let a client wait: shown by who waited for a CPU meanwhile. Pure. */
import type { Window } from '../analysis/outage.ts'

/** For how long each had waited for a CPU by then, ms, since a beginning of its own. */
export interface Waits {
  readonly at: number
  /** What belongs to a daemon. */
  readonly daemons: ReadonlyMap<string, number>
  /** What all share: CPUs that another machine has, threads of the kernel. */
  readonly machine: ReadonlyMap<string, number>
}

/** Who waited for a CPU around an outage, and how long. */
export interface Wait {
  readonly who: string
  readonly waitedMs: number
}

/** So much of an outage must have been waited for a CPU: the rest is what it takes to get going again. */
const SHARE_MIN = 2 / 3

/**
 * The wait that an outage is owed to; null: nobody waited about as long as the client. A daemon comes before every busy loop
 * (SCHED_RR): where busy loops are the fault (`burning`), it is no excuse that a daemon waited.
 */
export function starvation(outage: Window & { readonly lengthMs: number }, looks: readonly Waits[], burning: boolean): Wait | null {
  const before = looks.findLast(({ at }) => at <= outage.from)
  const after = looks.find(({ at }) => at >= outage.to)
  if (before === undefined || after === undefined) return null
  const waits = [...waitsBetween(before.machine, after.machine), ...(burning ? [] : waitsBetween(before.daemons, after.daemons))]
  const longest = waits.toSorted((a, b) => b.waitedMs - a.waitedMs)[0]
  return longest !== undefined && longest.waitedMs >= SHARE_MIN * outage.lengthMs ? longest : null
}

/** Who was not there before has begun since. */
function waitsBetween(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): readonly Wait[] {
  return [...after].map(([who, ms]) => ({ who, waitedMs: ms - (before.get(who) ?? 0) }))
}
