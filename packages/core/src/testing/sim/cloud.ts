import type { Grant, Observation } from '../../backend.ts'
import type { Epoch, NodeId } from '../../model/index.ts'
import type { CallResult } from '../../runner/types.ts'
import { CallPipe } from './call-pipe.ts'
import type { BackendWeather } from './call-pipe.ts'
import type { SimClock } from './clock.ts'
import type { MachineEndpoint, Operation } from './endpoint.ts'
import type { EventQueue } from './queue.ts'
import type { SeededRandom } from './random.ts'

/** To whom a cloud's table points, and who asked for that. */
interface Attachment {
  readonly node: NodeId
  readonly life: number
  /** It came by a late call of a life that was over: nobody runs that could answer for it. */
  readonly isStray: boolean
}

/** The tables of a cloud: each points to one node at most, and knows of no lease, no epoch and no life of a daemon. */
export class SimCloud {
  readonly #tables = new Map<string, Attachment>()

  target(table: string): Attachment | undefined {
    return this.#tables.get(table)
  }

  attach(table: string, to: Attachment): void {
    this.#tables.set(table, to)
  }

  /** Whoever put it there: if the table points to that node, it points to nobody. */
  detach(table: string, node: NodeId): void {
    if (this.#tables.get(table)?.node === node) this.#tables.delete(table)
  }
}

export interface CloudEndpointOptions {
  readonly cloud: SimCloud
  readonly table: string
  readonly node: NodeId
  readonly queue: EventQueue
  readonly random: SeededRandom
  readonly clock: SimClock
  readonly weather: BackendWeather
  /** A late call of a life that is over has brought the table here. */
  readonly onStray: (epoch: Epoch) => void
}

/** An answer of a cloud takes so many times as long as one of the machine's own kernel. */
const SLOWNESS = 25

/**
 * A cloud's table as one machine can move it. Nothing ends an attachment but another call; what was under way when a daemon died gets
 * there all the same, after calls of the next life and of other nodes, it may be.
 */
export class CloudEndpoint implements MachineEndpoint {
  readonly capabilities = { exclusive: true, kernelFenced: false, settleMs: 50 } as const
  onUp: MachineEndpoint['onUp'] = () => {}
  readonly #options: CloudEndpointOptions
  readonly #pipe: CallPipe

  constructor(options: CloudEndpointOptions) {
    this.#options = options
    this.#pipe = new CallPipe(options.queue, options.random, options.weather, { slowness: SLOWNESS, reorders: true })
  }

  get up(): boolean {
    return this.#own?.isStray === false
  }

  get receives(): boolean {
    return this.#own !== undefined
  }

  call(operation: Operation, grant: Grant | null, epoch: Epoch, life: number, settle: (result: CallResult) => void): () => void {
    if (operation === 'claim') return this.#claim(grant as Grant, life, settle)
    const { cloud, table, node } = this.#options
    const act = (): CallResult => {
      if (operation === 'release') cloud.detach(table, node)
      return operation === 'observe' ? { ok: true, observation: this.#observe() } : { ok: true }
    }
    return this.#pipe.call({ act, isReading: operation === 'observe' }, settle)
  }

  /** There is no timer to push. */
  renew(): boolean {
    return true
  }

  sweep(life: number): void {
    const { cloud, table, node } = this.#options
    if (this.#own !== undefined && this.#own.life < life) cloud.detach(table, node)
  }

  heal(): void {
    this.#pipe.heal()
  }

  remove(): void {
    this.#options.cloud.detach(this.#options.table, this.#options.node)
  }

  crash(): void {
    this.#pipe.orphan()
  }

  /** The cloud's table points here all the same. */
  powerOff(): void {}

  /** A claim leaves only while its lease runs; when it gets there is another matter. */
  #claim(grant: Grant, life: number, settle: (result: CallResult) => void): () => void {
    const { cloud, table, node, clock, queue, onStray } = this.#options
    const { epoch, until } = grant
    let hasLeft = false
    const begin = (): void => {
      hasLeft = until > clock.local(queue.now)
    }
    return this.#pipe.call(
      {
        begin,
        isClaiming: true,
        act: ({ isOrphan, isAborted }) => {
          if (!hasLeft) return { ok: false, code: 'LAPSED', message: 'the right had lapsed', aborted: false }
          // To the cloud it is no change if the table points to this node already.
          if (isOrphan && this.#own !== undefined) return { ok: true }
          cloud.attach(table, { node, life, isStray: isOrphan })
          if (isOrphan) onStray(epoch)
          else this.onUp(epoch, until, isAborted)
          return { ok: true }
        },
      },
      settle,
    )
  }

  #observe(): Observation {
    const { cloud, table, node, random, weather } = this.#options
    if (random.chance(weather.unknownRate)) return { state: 'unknown', why: 'the simulated cloud does not tell' }
    const target = cloud.target(table)
    if (target === undefined) return { state: 'nowhere' }
    return target.node === node ? { state: 'here' } : { state: 'elsewhere', who: target.node }
  }

  get #own(): Attachment | undefined {
    const target = this.#options.cloud.target(this.#options.table)
    return target?.node === this.#options.node ? target : undefined
  }
}
