/** When a claimed VIP is announced, in ms after the claim: early losses are made good, and 1100 lies behind any client's locktime. */
const ANNOUNCE_AT_MS: readonly number[] = [0, 50, 150, 500, 1100, 2500]
const ANNOUNCE_EVERY_MS = 30_000

/** Calls `announce` by the schedule of DESIGN §5.1 from `start` until `stop`. */
export class Announcer {
  readonly #announce: () => void
  #timer: NodeJS.Timeout | null = null

  constructor(announce: () => void) {
    this.#announce = announce
  }

  /** Announces at once and begins the schedule anew. */
  start(): void {
    this.#step(0)
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  #step(index: number): void {
    this.stop()
    this.#announce()
    const gap = (ANNOUNCE_AT_MS[index + 1] ?? Number.NaN) - (ANNOUNCE_AT_MS[index] ?? Number.NaN)
    this.#timer = setTimeout(() => this.#step(index + 1), Number.isNaN(gap) ? ANNOUNCE_EVERY_MS : gap).unref()
  }
}
