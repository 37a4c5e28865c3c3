import type { Capabilities, Grant } from '../../backend.ts'
import type { Epoch, ServicePart } from '../../model/index.ts'
import type { CallResult } from '../../runner/types.ts'
import { CallPipe } from './call-pipe.ts'
import type { BackendWeather } from './call-pipe.ts'
import type { MachineEndpoint, Operation } from './endpoint.ts'
import type { EventQueue } from './queue.ts'
import type { SeededRandom } from './random.ts'

/** Starting and stopping takes so many times as long as moving an address. */
const SLOWNESS = 60

/** One part of a service on one machine: it runs on when its daemon dies, and takes its time to start and to stop. */
export class SimService implements MachineEndpoint {
  readonly capabilities: Capabilities
  readonly #pipe: CallPipe
  readonly #random: SeededRandom
  readonly #weather: BackendWeather
  #life: number | null = null
  #hasDied = false
  onUp: MachineEndpoint['onUp'] = () => {}
  /** Told when it begins to run. */
  onStart: () => void = () => {}

  constructor(order: number, { startMs, stopMs }: ServicePart, queue: EventQueue, random: SeededRandom, weather: BackendWeather) {
    this.capabilities = { exclusive: false, kernelFenced: false, settleMs: 0, service: { order, startMs, stopMs } }
    this.#random = random
    this.#weather = weather
    this.#pipe = new CallPipe(queue, random, weather, { slowness: SLOWNESS })
  }

  /** It carries no traffic. */
  get up(): boolean {
    return false
  }

  get receives(): boolean {
    return false
  }

  get runs(): boolean {
    return this.#life !== null
  }

  /** It was started and has ended by itself, which its runner need not know yet. */
  get hasDied(): boolean {
    return this.#hasDied
  }

  call(operation: Operation, _: Grant | null, __: Epoch, life: number, settle: (result: CallResult) => void): () => void {
    // There is nothing to prepare.
    if (operation === 'prepare') {
      settle({ ok: true })
      return () => {}
    }
    const act = (): CallResult => {
      if (operation === 'observe' && this.#random.chance(this.#weather.unknownRate))
        return { ok: true, observation: { state: 'unknown', why: 'the simulated service does not tell' } }
      if (operation === 'observe') return { ok: true, observation: { state: this.runs ? 'here' : 'nowhere' } }
      this.#hasDied = false
      if (operation === 'claim') this.#start(life)
      if (operation === 'release') this.#life = null
      return { ok: true }
    }
    return this.#pipe.call({ act, isClaiming: operation === 'claim' }, settle)
  }

  #start(life: number): void {
    const isNew = this.#life === null
    this.#life = life
    if (isNew) this.onStart()
  }

  renew(): boolean {
    return true
  }

  sweep(life: number): void {
    if (this.#life !== null && this.#life < life) this.#life = null
  }

  heal(): void {
    this.#pipe.heal()
  }

  /** It dies. */
  remove(): void {
    this.#hasDied ||= this.runs
    this.#life = null
  }

  crash(): void {
    this.#pipe.crash()
  }

  powerOff(): void {
    this.#life = null
    this.#hasDied = false
  }
}
