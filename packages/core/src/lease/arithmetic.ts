import type { Instant, Timing } from '../model/index.ts'
import { quorumOf } from '../model/index.ts'

/** How long a promise for a lease of `leaseMs` lasts on the voter's clock, ms (DESIGN §2.4). */
export function promiseMs(leaseMs: number, timing: Pick<Timing, 'driftPpmMax'>): number {
  return leaseMs * (1 + 2 * timing.driftPpmMax * 1e-6)
}

/** End of a promise made for a beat heard at `heardAt`; rounded up. */
export function promiseEnd(heardAt: Instant, leaseMs: number, timing: Pick<Timing, 'driftPpmMax'>): Instant {
  return Math.ceil(heardAt + promiseMs(leaseMs, timing))
}

function supportersOf(end: Instant, ends: readonly Instant[]): number {
  let supporters = 0
  for (const other of ends) if (other >= end) supporters += 1
  return supporters
}

/**
 * End of a lease, given for each voter of one voter set the end that its newest echo supports (-Infinity: none).
 * It is the quorum-th newest of them, rounded down: a delayed or repeated message can only shorten it.
 */
export function leaseEnd(ends: readonly Instant[]): Instant {
  const quorum = quorumOf(ends.length)
  let end = -Infinity
  for (const candidate of ends) if (candidate > end && supportersOf(candidate, ends) >= quorum) end = candidate
  return Math.floor(end)
}
