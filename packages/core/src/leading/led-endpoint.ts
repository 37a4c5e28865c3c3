import { BackendError } from '../backend.ts'
import type { Backend, BackendContext, Capabilities, Epoch, Finding, Follows, Grant, Instant, Observation } from '../backend.ts'
import type { Claiming } from './budget.ts'
import { leadAll } from './followers.ts'
import type { Leads } from './leads.ts'
import { Watch } from './watch.ts'

export interface LedEndpointOptions {
  readonly context: BackendContext
  /** What the endpoint is called in the log. */
  readonly name: string
  /** The address on this machine, behind the kernel's lease; null: the machine has it anyway, and only the cloud decides. */
  readonly address: Backend | null
  readonly leads: Leads
  /** What all is to lead to: an interface of this machine, or its address. */
  readonly ownInterface: string
  /** Longest time from the end of a claim until packets follow, as the cloud is seen to take. */
  readonly settleMs: number
  /** It only points at where traffic is, so that several places may disagree for a while; absent: the cloud leads to one. */
  readonly follows?: Follows
  readonly preflight: (signal: AbortSignal) => Promise<readonly Finding[]>
  readonly close: () => void
}

interface Held {
  readonly epoch: Epoch
  until: Instant
  readonly end: AbortController
  /** What leads here has followed, or is being led and has not so far; and what was led away again by somebody else. */
  readonly followed: Set<string>
  readonly behind: Set<string>
  readonly stolen: Set<string>
}

/**
 * An address to which the cloud leads. With an address of its own on this machine the kernel's lease decides whether it is answered; the cloud
 * decides whether it is asked. Without, the cloud leads to one by construction.
 */
export class LedEndpoint implements Backend {
  readonly capabilities: Capabilities
  private readonly options: LedEndpointOptions
  private readonly watch: Watch
  private held: Held | null = null
  /** Nobody but this process knows: where the cloud leads is left to the next holder. */
  private isReleased = false

  constructor(options: LedEndpointOptions) {
    this.options = options
    const isFenced = options.address !== null
    const { settleMs, follows } = options
    this.capabilities = {
      exclusive: !isFenced && follows === undefined,
      kernelFenced: isFenced,
      settleMs,
      ...(follows === undefined ? {} : { follows }),
    }
    this.watch = new Watch(options.context.clock, () => this.lookAround())
  }

  async preflight(signal: AbortSignal): Promise<readonly Finding[]> {
    const { address, preflight } = this.options
    return [...((await address?.preflight(signal)) ?? []), ...(await preflight(signal))]
  }

  /** Here is what is up here and not led elsewhere. With no address of its own, an earlier life may have had what leads here. */
  async observe(signal: AbortSignal): Promise<Observation> {
    const { address, leads, ownInterface } = this.options
    const local: Observation = (await address?.observe(signal)) ?? { state: this.isReleased ? 'nowhere' : 'here' }
    if (local.state !== 'here') return local
    try {
      const all = await leads.read({ until: -Infinity, signal })
      if (all.some(({ to }) => to === ownInterface)) return local
      const who = all.find(({ to }) => to !== null)?.to ?? null
      return who === null ? { state: 'nowhere' } : { state: 'elsewhere', who }
    } catch (error) {
      // What is held is held, whether or not the cloud can be asked at this moment.
      return address !== null || this.held !== null ? local : { state: 'unknown', why: reasonOf(error) }
    }
  }

  /** A look opens the connection and renews the credentials: the claim finds both warm. */
  async prepare(signal: AbortSignal): Promise<void> {
    const { address, leads } = this.options
    await Promise.allSettled([address?.prepare?.(signal), leads.read({ until: -Infinity, signal })])
  }

  /** The address first: whoever is led here finds it. What does not follow at once is led on while the lease runs. */
  async claim(grant: Grant, signal: AbortSignal): Promise<void> {
    const { address, leads } = this.options
    this.refuseLapsed(grant)
    await address?.claim(grant, signal)
    this.held?.end.abort()
    const held: Held = {
      epoch: grant.epoch,
      until: grant.until,
      end: new AbortController(),
      followed: new Set(),
      behind: new Set(),
      stolen: new Set(),
    }
    this.held = held
    this.isReleased = false
    signal.addEventListener('abort', () => held.end.abort(), { once: true })
    try {
      if (leads.names.length === 0) await leads.read({ until: grant.until, signal })
      await this.lead(leads.names, held)
      signal.throwIfAborted()
    } catch (error) {
      // What may still land is not held: whoever claims next leads it elsewhere.
      this.letGo()
      this.isReleased = true
      throw error
    }
    this.watch.start()
  }

  private refuseLapsed({ until }: Grant): void {
    if (this.options.context.clock.now() < until) return
    throw new BackendError(
      'LAPSED',
      `the lease ended before ${this.options.name} could be claimed`,
      'none: movip claims again under a new lease',
    )
  }

  /** The lease goes on while the cloud is told, and so does what the kernel keeps. */
  extend(grant: Grant): void {
    const { held } = this
    if (held?.epoch === grant.epoch && !this.renew(grant)) held.end.abort()
  }

  renew(grant: Grant): boolean {
    const { held } = this
    if (held === null || held.epoch !== grant.epoch || this.options.context.clock.now() >= held.until) return false
    if (this.options.address?.renew?.(grant) === false) return false
    held.until = grant.until
    return true
  }

  /** Somebody is back who may not know that the address has moved, or may have a call on its way that says otherwise. */
  announce(): void {
    if (this.held !== null) this.watch.start()
  }

  /** Traffic ends with the address; where the cloud leads is the next holder's to say. */
  async release(epoch: Epoch, signal: AbortSignal): Promise<void> {
    if (this.held !== null && this.held.epoch > epoch) return
    this.letGo()
    this.isReleased = true
    await this.options.address?.release(epoch, signal)
  }

  async close(): Promise<void> {
    this.letGo()
    this.options.close()
    await this.options.address?.close()
  }

  private letGo(): void {
    this.watch.stop()
    this.held?.end.abort()
    this.held = null
  }

  /** Leads those that are not being led already. */
  private async lead(names: readonly string[], held: Held): Promise<void> {
    const { context, leads, ownInterface } = this.options
    const { clock, logger } = context
    const begun = names.filter((name) => !held.behind.has(name))
    if (begun.length === 0) return
    for (const name of begun) held.behind.add(name)
    // The lease goes on while the cloud is told.
    const budget: Claiming = {
      epoch: held.epoch,
      get until() {
        return held.until
      },
      signal: held.end.signal,
    }
    const leadOne = async (name: string, within: Claiming): Promise<void> => {
      await leads.lead(name, within)
      held.behind.delete(name)
      held.followed.add(name)
      if (held.stolen.delete(name)) context.incident({ state: 'recovered', epoch: held.epoch, through: name, to: ownInterface })
    }
    await leadAll(begun, { clock, logger, lead: leadOne, budget })
  }

  /** Only the holder puts right what somebody else has changed. What has not followed so far is being led, and was stolen by nobody. */
  private async lookAround(): Promise<void> {
    const { held } = this
    const { context, leads, ownInterface } = this.options
    if (held === null) return
    const all = await leads.read({ until: held.until, signal: held.end.signal })
    const astray = all.filter(({ name, to }) => to !== ownInterface && !held.behind.has(name))
    for (const { name, to } of astray) {
      if (!held.followed.has(name)) continue
      held.stolen.add(name)
      context.incident({ state: 'stolen', epoch: held.epoch, through: name, to })
    }
    await this.lead(
      astray.map(({ name }) => name),
      held,
    )
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
