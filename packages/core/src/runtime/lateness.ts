import type { Clock } from '../ports.ts'

export interface LatenessOptions {
  readonly clock: Clock
  /** The lease that is in force now: a configuration may change it at any time. */
  readonly leaseMs: () => number
  readonly onChange: (latenessMs: number) => void
}

/** How far back the worst is looked for. */
const windowMs = 10_000
const buckets = 10
/** Often enough to see what comes near the lease; every wake-up costs. */
const perLease = 4
/** Beyond these parts of the lease a node is given nothing new, and is unfit: that the worst is above or below one is told at once. */
const limitsLeases = [0.5, 1] as const

/** Measures how late this process's timers come, and tells the worst of the last ten seconds when it changes by a meaningful amount. */
export function measureLateness(options: LatenessOptions): { stop(): void } {
  const { clock, leaseMs } = options
  const worst: number[] = Array.from({ length: buckets }, () => 0)
  let told = 0
  let bucket = 0
  let bucketEnd = clock.now() + windowMs / buckets
  let cancel = (): void => undefined

  const arm = (): void => {
    const everyMs = leaseMs() / perLease
    // At multiples of the period, together with other periodic work: one wake-up for all.
    const due = (Math.floor(clock.now() / everyMs) + 1) * everyMs
    cancel = clock.at(due, () => {
      note(clock.now(), Math.max(0, clock.now() - due))
      arm()
    })
  }
  const note = (now: number, lateMs: number): void => {
    while (now >= bucketEnd) {
      bucket = (bucket + 1) % buckets
      worst[bucket] = 0
      bucketEnd = Math.max(bucketEnd + windowMs / buckets, now - windowMs)
    }
    worst[bucket] = Math.max(worst[bucket] ?? 0, lateMs)
    const worstMs = Math.ceil(Math.max(...worst))
    const crosses = limitsLeases.some((part) => worstMs > part * leaseMs() !== told > part * leaseMs())
    if (!crosses && Math.abs(worstMs - told) < Math.max(5, told / 5)) return
    told = worstMs
    options.onChange(worstMs)
  }
  arm()
  return { stop: () => cancel() }
}
