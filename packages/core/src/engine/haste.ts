import type { Instant } from '../model/index.ts'

/** So often something is done at once, unless told; from then on it keeps its distance. */
export const AT_ONCE = 10

/**
 * Bounds how often something is done out of turn: what very many groups bring about one after the other is then done for all of them
 * together. Where a few groups move nothing waits.
 */
export class Haste {
  /** When all that was done will have been worth its time. */
  private paidUntil: Instant = -Infinity

  /** It is done now. */
  spend(now: Instant, distanceMs: number): void {
    this.paidUntil = Math.max(this.paidUntil, now) + distanceMs
  }

  /** From then on it may be done again. */
  nextAt(distanceMs: number, atOnce: number = AT_ONCE): Instant {
    return this.paidUntil - atOnce * distanceMs
  }
}
