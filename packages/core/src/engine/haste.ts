import type { Instant } from '../model/index.ts'

/** So often something is done at once, */
const AT_ONCE = 10
/** and from then on so often in a period. */
const IN_A_PERIOD = 4

/**
 * Bounds how often something is done out of turn: what very many groups bring about one after the other is then done for all of them
 * together. Where a few groups move nothing waits.
 */
export class Haste {
  /** When all that was done will have been worth its time. */
  private paidUntil: Instant = -Infinity

  /** It is done now. */
  spend(now: Instant, periodMs: number): void {
    this.paidUntil = Math.max(this.paidUntil, now) + periodMs / IN_A_PERIOD
  }

  /** From then on it may be done again. */
  nextAt(periodMs: number): Instant {
    return this.paidUntil - (AT_ONCE * periodMs) / IN_A_PERIOD
  }
}
