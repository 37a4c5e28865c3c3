/** Whether the machine itself, and not movip, let a client wait: shown by who waited for a CPU meanwhile. Pure. */
import type { Window } from '../analysis/outage.ts'

/** ms since a beginning of its own, by name. */
export type Counters = ReadonlyMap<string, number>

/** What the kernel had counted by then. */
export interface CpuLook {
  /** When the reading began and ended. */
  readonly from: number
  readonly to: number
  /** How long what belongs to a daemon had waited for a CPU, by node. */
  readonly daemons: ReadonlyMap<string, Counters>
  /** The same of what all share: CPUs that another machine has, threads of the kernel. */
  readonly machine: Counters
  /** How long each thread of each daemon and of its children had a CPU. */
  readonly ran: Counters
}

/** Who waited for a CPU in an outage, and how long at least. */
export interface Wait {
  readonly who: string
  readonly waitedMs: number
}

export interface Parties {
  /** Who served before and after, and who coordinated: nobody else's wait can be the reason. */
  readonly nodes: readonly string[]
  /** Busy loops are the fault. A daemon comes before every one of them (SCHED_RR): that it waited is no excuse then. */
  readonly burning: boolean
}

/** So much of an outage must have been waited for a CPU: the rest is what it takes to get going again. */
const SHARE_MIN = 2 / 3
/** Whoever waited may have waited for movip if movip ran for so much of that time, on all CPUs together. */
const OWN_SHARE = 1 / 2

/** The wait that an outage is owed to; null: nobody had to wait about as long as the client, or movip itself had the CPU. */
export function starvation(outage: Window & { readonly lengthMs: number }, looks: readonly CpuLook[], parties: Parties): Wait | null {
  const first = looks.findLastIndex(({ to }) => to <= outage.from)
  const last = looks.findIndex(({ from }) => from >= outage.to)
  if (first < 0 || last < 0) return null
  const waits = new Map<string, number>()
  let ranMs = 0
  for (let i = first + 1; i <= last; i++) {
    const [before, after] = [looks[i - 1], looks[i]]
    if (before === undefined || after === undefined) break
    for (const ms of growth(before.ran, after.ran).values()) ranMs += ms
    for (const [who, ms] of growth(waited(before, parties), waited(after, parties))) {
      waits.set(who, (waits.get(who) ?? 0) + leastWithin(outage, ms, before.from, after.to))
    }
  }
  const [longest] = [...waits].toSorted(([, a], [, b]) => b - a)
  if (longest === undefined) return null
  const asleepMs = outage.to - outage.from - outage.lengthMs
  const waitedMs = longest[1] - asleepMs
  return waitedMs >= SHARE_MIN * outage.lengthMs && ranMs < OWN_SHARE * waitedMs ? { who: longest[0], waitedMs } : null
}

/** The longest that anyone had to wait between two looks on whom this node depends. */
export function longestWait(before: CpuLook, after: CpuLook, node: string): number {
  const parties = { nodes: [node], burning: false }
  return Math.max(0, ...growth(waited(before, parties), waited(after, parties)).values())
}

function waited({ machine, daemons }: CpuLook, { nodes, burning }: Parties): Counters {
  return new Map([...machine, ...(burning ? [] : nodes.flatMap((node) => [...(daemons.get(node) ?? [])]))])
}

/** Who was not there before has begun since. */
function growth(before: Counters, after: Counters): Counters {
  return new Map([...after].map(([who, ms]) => [who, Math.max(0, ms - (before.get(who) ?? 0))]))
}

/**
 * How much of what was counted between two looks must have fallen into the window. The kernel counts a wait only when it ends: it
 * may have begun long before the first look, and gone on until the second.
 */
function leastWithin(window: Window, ms: number, from: number, to: number): number {
  const afterMs = Math.max(0, to - window.to)
  return Math.max(0, Math.min(ms - afterMs, from - window.from))
}
