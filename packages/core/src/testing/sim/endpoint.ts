import type { Capabilities, Grant, Observation } from '../../backend.ts'
import type { Epoch, Instant } from '../../model/index.ts'
import type { CallResult } from '../../runner/types.ts'
import { CallPipe } from './call-pipe.ts'
import type { BackendWeather } from './call-pipe.ts'
import type { SimClock } from './clock.ts'
import type { EventQueue } from './queue.ts'
import type { SeededRandom } from './random.ts'

/** An address behind a kernel timer: traffic comes while the element is there and its timer runs. */
interface Element {
  readonly epoch: Epoch
  readonly life: number
  until: number
}

/** What the simulated machines let a runner do with one endpoint of one group. */
export interface MachineEndpoint {
  readonly capabilities: Capabilities
  /** Told when traffic begins to come here; `isAborted`: by a call that was given up, as far as that was possible. */
  onUp: (epoch: Epoch, until: Instant, isAborted: boolean) => void
  /** Does traffic come here, by true time and by something that the present life has to answer for? */
  readonly up: boolean
  /** Does traffic come here, whoever has to answer for that? */
  readonly receives: boolean
  /** Starts a call and returns what aborts it. */
  call(operation: Operation, grant: Grant | null, epoch: Epoch, life: number, settle: (result: CallResult) => void): () => void
  renew(grant: Grant): boolean
  /** What a start takes down: everything of earlier lives. */
  sweep(life: number): void
  /** What hangs comes to its end. */
  heal(): void
  /** A person or a program took it away. */
  remove(): void
  /** The process died. */
  crash(): void
  /** The whole machine is off. */
  powerOff(): void
}

export type Operation = 'prepare' | 'claim' | 'release' | 'observe'

/** One address on one machine: its kernel ends it with the lease, whatever becomes of the process. */
export class KernelEndpoint implements MachineEndpoint {
  readonly capabilities = { exclusive: false, kernelFenced: true, settleMs: 10 } as const
  readonly #queue: EventQueue
  readonly #random: SeededRandom
  readonly #clock: SimClock
  readonly #weather: BackendWeather
  #element: Element | null = null
  readonly #pipe: CallPipe
  onUp: MachineEndpoint['onUp'] = () => {}

  constructor(queue: EventQueue, random: SeededRandom, clock: SimClock, weather: BackendWeather) {
    this.#queue = queue
    this.#random = random
    this.#clock = clock
    this.#weather = weather
    this.#pipe = new CallPipe(queue, random, weather)
  }

  /** The timer ends the address without any process. */
  get up(): boolean {
    return this.#element !== null && this.#element.until > this.#now()
  }

  get receives(): boolean {
    return this.up
  }

  call(operation: Operation, grant: Grant | null, epoch: Epoch, life: number, settle: (result: CallResult) => void): () => void {
    const act = (): CallResult => {
      if (operation === 'claim') return this.#claim(grant as Grant, life)
      if (operation === 'release') return this.#release(epoch)
      if (operation === 'observe') return { ok: true, observation: this.#observe() }
      return { ok: true }
    }
    return this.#pipe.call({ act, isClaiming: operation === 'claim' }, settle)
  }

  renew(grant: Grant): boolean {
    const element = this.#element
    if (element === null || element.until <= this.#now() || grant.until <= this.#now() || element.epoch !== grant.epoch) return false
    element.until = Math.max(element.until, grant.until)
    return true
  }

  sweep(life: number): void {
    if (this.#element !== null && this.#element.life < life) this.#element = null
  }

  heal(): void {
    this.#pipe.heal()
  }

  remove(): void {
    this.#element = null
  }

  /** What the kernel was asked and has not done, it may still do at this moment, or never. */
  crash(): void {
    this.#pipe.crash()
  }

  powerOff(): void {
    this.remove()
  }

  #claim(grant: Grant, life: number): CallResult {
    if (grant.until <= this.#now()) return { ok: false, code: 'LAPSED', message: 'the right had lapsed', aborted: false }
    // An address that is up already keeps its later end: the kernel was told it under the same right or a newer one.
    const same = this.up && this.#element?.epoch === grant.epoch && this.#element.life === life
    if (same && this.#element !== null) this.#element.until = Math.max(this.#element.until, grant.until)
    else this.#element = { epoch: grant.epoch, life, until: grant.until }
    this.onUp(grant.epoch, grant.until, false)
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
