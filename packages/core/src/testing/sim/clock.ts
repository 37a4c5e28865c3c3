import type { Instant } from '../../model/index.ts'

/** A node's monotonic clock: a line through true time. Its kernel's timers run by it too. */
export class SimClock {
  readonly #rate: number
  #offset: number

  constructor(rate: number, offset: number) {
    this.#rate = rate
    this.#offset = offset
  }

  /** The machine starts anew: monotonic clocks begin at nought. */
  reboot(trueMs: number): void {
    this.#offset = -trueMs * this.#rate
  }

  /** What the clock shows at a true time. */
  local(trueMs: number): Instant {
    return this.#offset + trueMs * this.#rate
  }

  /** First true time at which the clock shows at least `instant`. */
  trueAt(instant: Instant): number {
    let at = (instant - this.#offset) / this.#rate
    while (this.local(at) < instant) at += 1e-6
    return at
  }
}
