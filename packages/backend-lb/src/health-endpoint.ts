import { createPort } from '@movip/backend-arp/create'
import { BackendError } from '@movip/core/backend'
import type {
  Backend,
  BackendContext,
  Capabilities,
  Duration,
  Epoch,
  Finding,
  Grant,
  HealthDoor,
  Instant,
  Observation,
  OpenDoor,
} from '@movip/core/backend'
import { askerFilter, GoodAnswers, patienceMs, riseMs, riseText, silenceMs } from './asking.ts'
import type { Probe } from './asking.ts'
import { doorText } from './options.ts'
import { observed, releaseAll } from './together.ts'

/** Where nobody knows how the balancer asks, nobody knows when traffic follows. */
const UNKNOWN_SETTLE_MS = 60_000
/** A balancer that has asked often enough loads its new way within this time. */
const KNOWN_SETTLE_MS = 100

export interface HealthEndpointOptions {
  readonly context: BackendContext
  readonly door: HealthDoor
  /** What people call the balancer; absent: by where it asks. */
  readonly name?: string
  /** Ports of the service that are open under the lease alone. */
  readonly ports: readonly number[]
  /** The balancer's address on this machine, behind the kernel's lease; null: it sends traffic to the machine's own. */
  readonly address: Backend | null
  /** How the balancer asks, as far as that is known at this moment. */
  readonly probe: () => Probe | null
  readonly preflight?: (signal: AbortSignal) => Promise<readonly Finding[]>
  /** Traffic flows here under this epoch; `signal` ends with the right to it. */
  readonly onFlowing?: (epoch: Epoch, signal: AbortSignal) => void
  readonly close?: () => void
}

/** Opens the door and the gates. Rejects with `BackendError`. */
export async function createHealthEndpoint(options: HealthEndpointOptions): Promise<Backend> {
  const { context, door, ports, address } = options
  // The kernel of a frozen process goes on completing handshakes: what is asked by TCP stands behind the kernel's lease itself.
  const gated = [...ports.map((port) => [port, 'others'] as const), ...(door.form === 'tcp' ? [[door.port, 'all'] as const] : [])]
  const gates: Backend[] = []
  try {
    for (const [port, to] of gated) gates.push(await createPort(port, to, context))
    const endpoint = new HealthEndpoint(options, [...(address === null ? [] : [address]), ...gates])
    await endpoint.open()
    return endpoint
  } catch (error) {
    await Promise.all([...gates, ...(address === null ? [] : [address])].map((each) => each.close()))
    throw error
  }
}

interface Held {
  readonly epoch: Epoch
  until: Instant
  /** What is up of all that stands behind the kernel's lease. */
  readonly up: Backend[]
  /** All of that is: whoever asks from now on is told so. */
  isServing: boolean
  readonly answers: GoodAnswers
  /** The balancer believes it. */
  readonly flowing: PromiseWithResolvers<void>
  readonly end: AbortController
}

/** A group's answer to the balancers that ask for it. It is good only under a running lease, which is looked at for each answer. */
class HealthEndpoint implements Backend {
  private readonly options: HealthEndpointOptions
  private readonly fenced: readonly Backend[]
  private held: Held | null = null
  private door: OpenDoor | null = null
  private askedAt: Instant = -Infinity
  private isSilent = false
  private cancelWatch = (): void => undefined

  constructor(options: HealthEndpointOptions, fenced: readonly Backend[]) {
    this.options = options
    this.fenced = fenced
  }

  get capabilities(): Capabilities {
    const probe = this.options.probe()
    return {
      exclusive: false,
      // Whoever is frozen answers no HTTP, and of all else the kernel keeps the lease.
      kernelFenced: true,
      endsWithProcess: true,
      settleMs: probe === null ? UNKNOWN_SETTLE_MS : KNOWN_SETTLE_MS,
      claimTakes: probe === null ? null : takes(probe),
    }
  }

  async open(): Promise<void> {
    this.door = await this.options.context.health.open(this.options.door, {
      isServing: () => this.isServing(),
      onAsked: (from, isServing) => this.onAsked(from, isServing),
    })
  }

  async preflight(signal: AbortSignal): Promise<readonly Finding[]> {
    const looks = [...this.fenced.map((each) => each.preflight(signal)), this.options.preflight?.(signal) ?? Promise.resolve([])]
    return (await Promise.all(looks)).flat()
  }

  async observe(signal: AbortSignal): Promise<Observation> {
    const all = await Promise.all(this.fenced.map((each) => each.observe(signal)))
    return observed(this.isServing(), all)
  }

  async prepare(signal: AbortSignal): Promise<void> {
    await Promise.allSettled(this.fenced.map((each) => each.prepare?.(signal) ?? Promise.resolve()))
  }

  /** What the balancer leads to comes first: whoever is sent here finds it. Then it is told, and ends when the balancer believes it. */
  async claim(grant: Grant, signal: AbortSignal): Promise<void> {
    this.refuseLapsed(grant)
    const held: Held = {
      epoch: grant.epoch,
      until: grant.until,
      up: [],
      isServing: false,
      answers: new GoodAnswers(),
      flowing: Promise.withResolvers(),
      end: new AbortController(),
    }
    const wasServing = this.held?.isServing === true && this.held.epoch === grant.epoch
    this.letGo()
    this.held = held
    // Whoever was answered well a moment ago is so meanwhile, too.
    held.isServing = wasServing
    try {
      for (const each of this.fenced) {
        await each.claim({ ...grant, until: held.until }, signal)
        held.up.push(each)
      }
      signal.throwIfAborted()
      held.isServing = true
      if (!wasServing) await this.untilFlowing(held, signal)
      signal.throwIfAborted()
    } catch (error) {
      this.letGo()
      throw error
    }
    this.watch(held)
    this.options.onFlowing?.(held.epoch, held.end.signal)
  }

  private refuseLapsed({ until }: Grant): void {
    if (this.options.context.clock.now() >= until) throw lapsed()
  }

  /** Ends once the balancer has had as many good answers as it wants; at once where nobody knows how many those are. */
  private async untilFlowing(held: Held, signal: AbortSignal): Promise<void> {
    const probe = this.options.probe()
    if (probe === null) return
    const { clock, node } = this.options.context
    const withinMs = patienceMs(riseMs(probe))
    const failed = Promise.withResolvers<never>()
    const stop = (): void => failed.reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    held.end.signal.addEventListener('abort', () => failed.reject(lapsed()), { once: true })
    const cancel = clock.at(clock.now() + withinMs, () => {
      const where = doorText(this.options.door)
      const message = `no load balancer has asked at ${where} of ${node} for ${withinMs / 1000} s often enough to send traffic here`
      failed.reject(new BackendError('TIMEOUT', message, 'see that its probe leads to this node and port, and that no firewall stops it'))
    })
    try {
      await Promise.race([held.flowing.promise, failed.promise])
    } finally {
      cancel()
      signal.removeEventListener('abort', stop)
    }
  }

  /** The lease goes on while the balancer makes up its mind. */
  extend(grant: Grant): void {
    const { held } = this
    if (held === null || held.epoch !== grant.epoch) return
    if (!this.push(held, grant)) held.end.abort()
  }

  renew(grant: Grant): boolean {
    const { held } = this
    return held !== null && held.epoch === grant.epoch && this.push(held, grant)
  }

  private push(held: Held, grant: Grant): boolean {
    if (this.options.context.clock.now() >= held.until) return false
    if (held.up.some((each) => each.renew?.(grant) === false)) return false
    held.until = grant.until
    return true
  }

  announce(): void {
    for (const each of this.held?.up ?? []) each.announce?.()
  }

  /** Nobody is told any more before anything else is taken away. */
  async release(epoch: Epoch, signal: AbortSignal): Promise<void> {
    if (this.held !== null && this.held.epoch > epoch) return
    this.letGo()
    await releaseAll(this.fenced, epoch, signal)
  }

  async close(): Promise<void> {
    this.letGo()
    this.options.close?.()
    await this.door?.close()
    for (const each of this.fenced) await each.close()
  }

  private letGo(): void {
    this.cancelWatch()
    this.held?.end.abort()
    this.held = null
    this.isSilent = false
    this.door?.hangUp()
  }

  private isServing(): boolean {
    const { held } = this
    return held !== null && held.isServing && this.options.context.clock.now() < held.until
  }

  private onAsked(from: string, isServing: boolean): void {
    const { held } = this
    const probe = this.options.probe()
    if (held === null || !isServing || probe === null || !askerFilter(probe.from)(from)) return
    this.askedAt = this.options.context.clock.now()
    if (held.answers.count(from) >= probe.rise) held.flowing.resolve()
    if (!this.isSilent) return
    this.isSilent = false
    this.tell('recovered', held)
  }

  /** A balancer that asks no more sends nobody here any more, whatever the reason. */
  private watch(held: Held): void {
    const { clock } = this.options.context
    const probe = this.options.probe()
    if (probe === null) return
    this.cancelWatch = clock.at(clock.now() + probe.everyMs, () => {
      if (this.held !== held) return
      if (!this.isSilent && clock.now() - this.askedAt > silenceMs(probe)) {
        this.isSilent = true
        this.tell('stolen', held)
      }
      this.watch(held)
    })
  }

  private tell(state: 'stolen' | 'recovered', { epoch }: Held): void {
    const { context, door, name } = this.options
    const through = name ?? `the load balancer that asks at ${doorText(door)}`
    context.incident({ state, epoch, through, to: state === 'recovered' ? context.node : null })
  }
}

function takes(probe: Probe): Duration {
  return { ms: riseMs(probe), why: riseText(probe) }
}

const lapsed = (): BackendError =>
  new BackendError('LAPSED', 'the lease ended before the load balancer could be told', 'none: movip claims again under a new lease')
