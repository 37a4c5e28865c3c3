import type { Grant, Observation } from '../../backend.ts'
import type { Epoch } from '../../model/index.ts'
import type { CallResult } from '../../runner/types.ts'
import type { SimClock } from './clock.ts'
import type { EventQueue } from './queue.ts'
import type { SeededRandom } from './random.ts'

/** How the machine treats calls at present. */
export interface BackendWeather {
  latencyMs: number
  failRate: number
  hangRate: number
  unknownRate: number
}

/** An address behind a kernel timer: traffic comes while the element is there and its timer runs. */
interface Element {
  readonly epoch: Epoch
  readonly life: number
  until: number
}

interface Call {
  settle: ((result: CallResult) => void) | null
  /** Set once the kernel has acted, or never will. */
  over: boolean
  readonly act: () => CallResult
  /** Ends the call as was drawn when it began. */
  finish: () => void
}

/**
 * One endpoint of one group on one machine. The kernel acts on calls in the order in which they were made;
 * an aborted call may still be acted upon, but never after a later one.
 */
export class SimEndpoint {
  readonly #queue: EventQueue
  readonly #random: SeededRandom
  readonly #clock: SimClock
  readonly #weather: BackendWeather
  #element: Element | null = null
  #pipe: Call[] = []
  /** Told when traffic begins to come here. */
  onUp: (epoch: Epoch, until: number) => void = () => {}

  constructor(queue: EventQueue, random: SeededRandom, clock: SimClock, weather: BackendWeather) {
    this.#queue = queue
    this.#random = random
    this.#clock = clock
    this.#weather = weather
  }

  /** By true time: the timer ends the address without any process. */
  get up(): boolean {
    return this.#element !== null && this.#element.until > this.#now()
  }

  get epoch(): Epoch | null {
    return this.#element?.epoch ?? null
  }

  /** Starts a call and returns what aborts it. */
  call(
    operation: 'prepare' | 'claim' | 'release' | 'observe',
    grant: Grant | null,
    epoch: Epoch,
    life: number,
    settle: (result: CallResult) => void,
  ): () => void {
    const act = (): CallResult => {
      if (operation === 'claim') return this.#claim(grant as Grant, life)
      if (operation === 'release') return this.#release(epoch)
      if (operation === 'observe') return { ok: true, observation: this.#observe() }
      return { ok: true }
    }
    const call: Call = { settle, over: false, act, finish: () => {} }
    this.#pipe.push(call)
    if (this.#pipe.length === 1) this.#begin(call)
    return () => this.#abort(call)
  }

  renew(grant: Grant): boolean {
    const element = this.#element
    if (element === null || element.until <= this.#now() || grant.until <= this.#now() || element.epoch !== grant.epoch) return false
    element.until = Math.max(element.until, grant.until)
    return true
  }

  /** What a start takes down: everything of earlier lives. */
  sweep(life: number): void {
    if (this.#element !== null && this.#element.life < life) this.#element = null
  }

  /** What hangs comes to its end. */
  heal(): void {
    const call = this.#pipe[0]
    if (call !== undefined) this.#queue.after(this.#weather.latencyMs, () => call.finish())
  }

  /** A person or a program took the address away. */
  remove(): void {
    this.#element = null
  }

  /** The process died: what the kernel was asked and has not done, it may still do at this moment, or never. */
  crash(): void {
    for (const call of this.#pipe) {
      call.settle = null
      if (!call.over && this.#random.chance(0.3)) call.act()
      call.over = true
    }
    this.#pipe = []
  }

  #begin(call: Call): void {
    const weather = this.#weather
    const hangs = this.#random.chance(weather.hangRate)
    const fails = this.#random.chance(weather.failRate)
    const delay = hangs ? this.#random.between(1000, 8000) : weather.latencyMs * this.#random.between(0.2, 2)
    call.finish = () => {
      if (call.over) return
      // A failed call may have done its work all the same.
      const acted = fails && this.#random.chance(0.5) ? null : call.act()
      const result: CallResult = fails
        ? { ok: false, code: 'FAILED', message: 'the simulated backend failed', aborted: false }
        : (acted as CallResult)
      call.over = true
      const settle = call.settle
      this.#queue.after(this.#random.between(0, weather.latencyMs), () => settle?.(result))
      this.#next(call)
    }
    this.#queue.after(delay, () => call.finish())
  }

  #abort(call: Call): void {
    const settle = call.settle
    if (settle === null) return
    call.settle = null
    settle({ ok: false, code: 'TIMEOUT', message: 'aborted', aborted: true })
    if (call.over || this.#pipe[0] === call) {
      if (call.over) return
      // Under way: it lands late or never; what follows waits for that.
      const lands = this.#random.chance(0.5)
      this.#queue.after(this.#random.between(0, this.#weather.latencyMs * 2), () => {
        if (call.over) return
        if (lands) call.act()
        call.over = true
        this.#next(call)
      })
      return
    }
    call.over = true
    this.#pipe = this.#pipe.filter((other) => other !== call)
  }

  #next(done: Call): void {
    if (this.#pipe[0] !== done) return
    this.#pipe.shift()
    const next = this.#pipe[0]
    if (next !== undefined) this.#begin(next)
  }

  #claim(grant: Grant, life: number): CallResult {
    if (grant.until <= this.#now()) return { ok: false, code: 'LAPSED', message: 'the right had lapsed', aborted: false }
    // An address that is up already keeps its later end: the kernel was told it under the same right or a newer one.
    const same = this.up && this.#element?.epoch === grant.epoch && this.#element.life === life
    if (same && this.#element !== null) this.#element.until = Math.max(this.#element.until, grant.until)
    else this.#element = { epoch: grant.epoch, life, until: grant.until }
    this.onUp(grant.epoch, grant.until)
    return { ok: true }
  }

  #release(epoch: Epoch): CallResult {
    if (this.#element !== null && this.#element.epoch <= epoch) this.#element = null
    return { ok: true }
  }

  #observe(): Observation {
    if (this.#random.chance(this.#weather.unknownRate)) return { state: 'unknown', why: 'the simulated backend does not tell' }
    return { state: this.up ? 'here' : 'nowhere' }
  }

  #now(): number {
    return this.#clock.local(this.#queue.now)
  }
}
