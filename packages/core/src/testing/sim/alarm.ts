import type { Instant } from '../../model/index.ts'
import type { SimClock } from './clock.ts'
import type { EventQueue } from './queue.ts'

/** A timer that is set anew all the time and rarely fires: one event under way at most, put off when it comes too early. */
export class Alarm {
  readonly #queue: EventQueue
  readonly #clock: SimClock
  readonly #lateness: () => number
  readonly #fire: () => void
  #target: Instant | null = null
  #scheduledAt = Infinity
  #turn = 0

  constructor(queue: EventQueue, clock: SimClock, lateness: () => number, fire: () => void) {
    this.#queue = queue
    this.#clock = clock
    this.#lateness = lateness
    this.#fire = fire
  }

  set(target: Instant): void {
    this.#target = target
    const at = this.#clock.trueAt(target)
    if (at < this.#scheduledAt) this.#schedule(at + this.#lateness())
  }

  cancel(): void {
    this.#target = null
    this.#turn += 1
  }

  #schedule(at: number): void {
    const turn = ++this.#turn
    this.#scheduledAt = at
    this.#queue.at(at, () => {
      if (turn !== this.#turn || this.#target === null) return
      this.#scheduledAt = Infinity
      const target = this.#target
      if (this.#clock.local(this.#queue.now) < target) return this.#schedule(this.#clock.trueAt(target))
      this.#target = null
      this.#fire()
    })
  }
}
