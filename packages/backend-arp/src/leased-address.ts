import { BackendError } from '@movip/core/backend'
import type { Backend, BackendContext, Capabilities, Epoch, Finding, Grant, Observation } from '@movip/core/backend'
import type { Link, Placement } from './driver.ts'
import { leaveHost } from './host.ts'
import type { Host, Resident } from './host.ts'
import type { Vip } from './ip.ts'
import { LeaseGate } from './lease-gate.ts'
import { OldFlows } from './old-flows.ts'
import { placementFor } from './placement.ts'
import { preflight } from './preflight.ts'
import { backendError } from './refusal.ts'
import { takeDown } from './take-down.ts'
import type { Voice } from './voice.ts'

/**
 * The second layer, the lifetime of the address, is extended by the last renewal before so much of it is used. The rest of
 * the spare time is more than the kernel's inaccuracy of 250 ms: the address never goes before the lease does.
 */
const LIFETIME_USED_MS = 1500
const LIFETIME_SPARE_S = 2
/** Renewals come more often than this part of a lease. */
const RENEWAL_GAP = 1 / 8

interface Held {
  readonly epoch: Epoch
  readonly link: Link
  readonly placement: Placement
  placedAt: number
}

export interface LeasedAddressOptions {
  readonly host: Host
  readonly vip: Vip
  readonly device: string
  readonly context: BackendContext
  /** Connections to the address are left alone when it goes. */
  readonly keepsFlows?: boolean
}

/** One address on one interface, behind the lease that the kernel keeps. */
export class LeasedAddress implements Backend, Resident {
  readonly capabilities: Capabilities = { exclusive: false, kernelFenced: true, settleMs: 50 }
  readonly vip: Vip
  /** What the gate guards is the address. */
  readonly guarded: Vip
  readonly device: string
  readonly #host: Host
  readonly #context: BackendContext
  readonly #gate: LeaseGate
  readonly #voice: Voice
  readonly #flows: OldFlows | null
  #held: Held | null = null
  #closed = false
  #saidMissing = false

  constructor({ host, vip, device, context, keepsFlows }: LeasedAddressOptions, voiceOf: (isOpen: () => boolean) => Voice) {
    this.vip = vip
    this.guarded = vip
    this.device = device
    this.#host = host
    this.#context = context
    this.#gate = new LeaseGate(host, vip, context)
    this.#voice = voiceOf(() => this.#gate.open)
    this.#flows = keepsFlows === true ? null : new OldFlows(host.driver, vip, context.logger)
  }

  preflight(): Promise<readonly Finding[]> {
    return preflight(this.#host, this.vip, this.device)
  }

  async observe(signal: AbortSignal): Promise<Observation> {
    try {
      const link = this.#host.link(this.device)
      const addresses = await this.#host.driver.addresses()
      const present = addresses.some((address) => address.ip === this.vip.text && address.index === link?.index)
      if (present && (await this.#host.driver.isOpen(this.#host.gate.table, this.vip))) return { state: 'here' }
      if (link?.up === true && this.#held === null) await this.#voice.lookAgain(link, signal)
      const who = this.#held === null ? this.#voice.rival : null
      return who === null ? { state: 'nowhere' } : { state: 'elsewhere', who }
    } catch (error) {
      return { state: 'unknown', why: error instanceof Error ? error.message : String(error) }
    }
  }

  async prepare(signal: AbortSignal): Promise<void> {
    const link = this.#host.link(this.device)
    if (link?.up !== true || this.#held !== null) return
    await this.#voice.look(link, signal).catch((error: unknown) => Promise.reject(this.#refusal(error)))
  }

  async claim(grant: Grant, signal: AbortSignal): Promise<void> {
    await this.#claim(grant, signal).catch((error: unknown) => Promise.reject(this.#refusal(error)))
  }

  async #claim(grant: Grant, signal: AbortSignal): Promise<void> {
    if (!this.#host.gate.guards(this.vip)) await this.#host.gate.ensure()
    this.#host.gate.demand(this.vip)
    const link = this.#usableLink()
    if (this.#held === null) await this.#voice.refuseConflict(link, signal)
    signal.throwIfAborted()
    this.#voice.stop()
    const opened = await this.#bringUp(link, grant).catch(async (error: unknown) => {
      await this.#takeDown().catch(() => undefined)
      // The most likely cause is a table that somebody has removed this moment.
      this.#host.checkGate()
      throw error
    })
    if (!opened || signal.aborted) {
      await this.#takeDown()
      signal.throwIfAborted()
      throw new BackendError(
        'LAPSED',
        `the lease ended before ${this.vip.text} could be claimed`,
        'none: movip claims again under a new lease',
      )
    }
    this.#voice.start()
  }

  /** The address first, then the gate. False: too little of the lease is left. */
  async #bringUp(link: Link, grant: Grant): Promise<boolean> {
    const placement = placementFor(this.vip, link, await this.#host.driver.addresses())
    await this.#voice.open(link)
    await this.#host.driver.place(link, placement, this.#lifetime())
    this.#held = { epoch: grant.epoch, link, placement, placedAt: this.#context.clock.now() }
    return this.#gate.push(grant)
  }

  renew(grant: Grant): boolean {
    const held = this.#held
    if (held === null || held.epoch !== grant.epoch || !this.#gate.extend(grant)) return false
    const now = this.#context.clock.now()
    if (now - held.placedAt + this.#context.leaseMs * RENEWAL_GAP >= LIFETIME_USED_MS) {
      held.placedAt = now
      this.#host.driver.place(held.link, held.placement, this.#lifetime()).catch((error: unknown) => {
        this.#context.changed(
          `the lifetime of ${this.vip.text} could not be extended: ${error instanceof Error ? error.message : String(error)}`,
        )
      })
    }
    return true
  }

  announce(): void {
    if (this.#held !== null) this.#voice.start()
  }

  async release(epoch: Epoch): Promise<void> {
    if (this.#held !== null && this.#held.epoch > epoch) return
    await this.#takeDown().catch((error: unknown) => Promise.reject(this.#refusal(error)))
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#voice.stop()
    await leaveHost(this.#context.cluster, this.#host, this)
  }

  /** Tells the runner whether this node could hold the VIP, by the state of its interface. */
  tellFitness(): string | null {
    const link = this.#host.link(this.device)
    const isMissing = link === null
    if (isMissing && !this.#saidMissing)
      this.#context.logger.error('arp-interface-missing', { interface: this.device, fix: this.#host.interfaceFix })
    this.#saidMissing = isMissing
    const reason = this.#unfitReason(link)
    this.#context.fitness(reason)
    return reason
  }

  onLink(): void {
    const reason = this.tellFitness()
    if (reason === null && this.#held !== null) this.#voice.start()
    this.#context.changed(reason ?? `link of ${this.device} is up`)
  }

  onAddressGone(why: string): void {
    if (this.#held !== null) this.#context.changed(why)
  }

  async onGateLost(): Promise<void> {
    this.#gate.forget()
    if (this.#held !== null) await this.#takeDown()
  }

  onGateRestored(): void {
    this.tellFitness()
    this.#context.changed('the nftables gate was removed or altered by somebody else, and restored')
  }

  async #takeDown(): Promise<void> {
    this.#voice.stop()
    this.#held = null
    await takeDown(this.#host, { vip: this.vip, gate: this.#gate, flows: this.#flows }, this.#context.clock)
    this.#voice.forget()
  }

  #usableLink(): Link {
    const link = this.#host.link(this.device)
    const reason = this.#unfitReason(link)
    if (link !== null && reason === null) return link
    const code = link === null ? 'NOT_FOUND' : 'FAILED'
    throw new BackendError(
      code,
      reason ?? this.device,
      link === null ? this.#host.interfaceFix : `ip link set ${this.device} up, and check its cable`,
    )
  }

  #unfitReason(link: Link | null): string | null {
    if (this.#host.gate.trouble !== null) return this.#host.gate.trouble.message
    if (link === null) return `interface ${this.device} does not exist`
    if (link.mac === null) return `interface ${this.device} is no Ethernet interface`
    return link.up ? null : `link of ${this.device} is down`
  }

  #refusal(error: unknown): unknown {
    return backendError(error, this.vip, this.device)
  }

  #lifetime(): number {
    return Math.ceil(this.#context.leaseMs / 1000) + LIFETIME_SPARE_S
  }
}
