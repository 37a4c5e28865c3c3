import type { Capabilities, Grant } from '../../backend.ts'
import type { Epoch, NodeId, Suspect } from '../../model/index.ts'
import type { CallResult } from '../../runner/types.ts'
import type { BackendWeather } from './call-pipe.ts'
import type { MachineEndpoint, Operation } from './endpoint.ts'
import type { EventQueue } from './queue.ts'
import type { SeededRandom } from './random.ts'

/** What a fence can see and do from its machine. */
export interface FenceReach {
  /** Who may still run the group, as far as the daemon here has applied the log. */
  suspects(): readonly Suspect[]
  /** Does that node say anything to this one? */
  isHeard(node: NodeId): boolean
  /** Whether switching off works at all. */
  works(): boolean
  switchOff(node: NodeId): void
  /** Tells the cluster of what the node runs nothing any more. */
  clear(node: NodeId, epochs: readonly Epoch[]): void
}

const pollMs = 100
/** A node that is heard may say in this time that it has let go. */
const patienceMs = 3000
/** Until then the cluster has been told, or it is done again. */
const tellMs = 5000

/** The stage before the service of a group that asks for a fence, on one machine. What it has asked for may come about when it was given up. */
export class SimFence implements MachineEndpoint {
  readonly capabilities: Capabilities = {
    exclusive: false,
    kernelFenced: false,
    settleMs: 0,
    service: { order: -1, startMs: 1000, stopMs: 0 },
  }
  readonly up = false
  readonly receives = false
  readonly #queue: EventQueue
  readonly #random: SeededRandom
  readonly #weather: BackendWeather
  readonly #reach: FenceReach
  #isClaimed = false
  /** Number of the call that is not given up. */
  #current = 0
  onUp: MachineEndpoint['onUp'] = () => {}

  constructor(queue: EventQueue, random: SeededRandom, weather: BackendWeather, reach: FenceReach) {
    this.#queue = queue
    this.#random = random
    this.#weather = weather
    this.#reach = reach
  }

  call(operation: Operation, _: Grant | null, __: Epoch, ___: number, settle: (result: CallResult) => void): () => void {
    const call = ++this.#current
    if (operation === 'release') this.#isClaimed = false
    if (operation === 'claim') this.#claim(call, this.#queue.now, settle)
    else settle(operation === 'observe' ? { ok: true, observation: { state: this.#isClaimed ? 'here' : 'nowhere' } } : { ok: true })
    return () => {
      if (this.#current !== call) return
      this.#current += 1
      settle({ ok: false, code: 'TIMEOUT', message: 'aborted', aborted: true })
    }
  }

  renew(): boolean {
    return true
  }

  sweep(): void {
    this.#isClaimed = false
  }

  heal(): void {}

  remove(): void {}

  crash(): void {
    this.#current += 1
    this.#isClaimed = false
  }

  powerOff(): void {
    this.crash()
  }

  #claim(call: number, since: number, settle: (result: CallResult) => void): void {
    if (call !== this.#current) return
    const suspects = this.#reach.suspects()
    const due = suspects.find(({ node }) => !this.#reach.isHeard(node) || this.#queue.now - since > patienceMs)
    if (suspects.length === 0) {
      this.#isClaimed = true
      this.#end(settle, { ok: true })
    } else if (due === undefined) this.#queue.after(pollMs, () => this.#claim(call, since, settle))
    else this.#fence(call, due.node, settle)
  }

  #fence(call: number, node: NodeId, settle: (result: CallResult) => void): void {
    const epochs = this.#reach.suspects().flatMap((suspect) => (suspect.node === node ? suspect.epoch : []))
    const takesMs = this.#random.chance(this.#weather.hangRate) ? this.#random.between(1000, 4000) : this.#random.between(20, 300)
    const isLost = this.#random.chance(0.5)
    this.#queue.after(takesMs, () => {
      const isGivenUp = call !== this.#current
      if (isGivenUp && isLost) return
      const fails = this.#weather.claims !== 'work' || !this.#reach.works() || this.#random.chance(this.#weather.failRate)
      if (!fails) this.#reach.switchOff(node)
      if (isGivenUp) return
      if (fails) return this.#end(settle, { ok: false, code: 'FAILED', message: 'the simulated fence failed', aborted: false })
      this.#reach.clear(node, epochs)
      this.#untilCleared(call, epochs, this.#queue.now + tellMs, settle)
    })
  }

  #untilCleared(call: number, epochs: readonly Epoch[], untilMs: number, settle: (result: CallResult) => void): void {
    if (call !== this.#current) return
    const isCleared = !this.#reach.suspects().some(({ epoch }) => epochs.includes(epoch))
    if (isCleared || this.#queue.now > untilMs) this.#claim(call, this.#queue.now, settle)
    else this.#queue.after(pollMs, () => this.#untilCleared(call, epochs, untilMs, settle))
  }

  /** An answer takes its way like any other. */
  #end(settle: (result: CallResult) => void, result: CallResult): void {
    const call = this.#current
    this.#queue.after(1, () => {
      if (call === this.#current) settle(result)
    })
  }
}
