import type { Instant } from '../model/index.ts'

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

  /** From then on it may be done again: what is worth that credit is done at once, the rest at its distance. */
  nextAt(creditMs: number): Instant {
    return this.paidUntil - creditMs
  }
}
