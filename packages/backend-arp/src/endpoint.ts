import { readFileSync } from 'node:fs'
import { BackendError } from '@movip/core/backend'
import type { Backend, BackendContext, Capabilities, Epoch, Finding, Grant, Observation } from '@movip/core/backend'
import { Announcer } from './announcer.ts'
import type { Link, Placement } from './driver.ts'
import { announcementFrames } from './frames.ts'
import { leaveHost } from './host.ts'
import type { Host, Resident } from './host.ts'
import { macBytes } from './ip.ts'
import type { Vip } from './ip.ts'
import { LeaseGate } from './lease-gate.ts'
import { placementFor } from './placement.ts'
import { preflight } from './preflight.ts'
import { probe } from './probe.ts'
import { backendError } from './refusal.ts'
import { takeDown } from './take-down.ts'
import type { Wire } from './wire.ts'

/** How long the result of a probe counts. */
const VERDICT_MS = 1000
const OBSERVED_VERDICT_MS = 5000
/**
 * The second layer, the lifetime of the address, is extended by the last renewal before so much of it is used. The rest of
 * the spare time is more than the kernel's inaccuracy of 250 ms: the address never goes before the lease does.
 */
const LIFETIME_USED_MS = 1500
const LIFETIME_SPARE_S = 2
/** Renewals come more often than this part of a lease. */
const RENEWAL_GAP = 1 / 8
const RIVAL_EVERY_MS = 1000
const SECOND_LOOK_MS = 20

interface Held {
  readonly epoch: Epoch
  readonly link: Link
  readonly placement: Placement
  readonly wire: Wire
  readonly unlisten: () => void
  placedAt: number
}

/** One VIP on one interface. */
export class ArpEndpoint implements Backend, Resident {
  readonly capabilities: Capabilities = { exclusive: false, kernelFenced: true, settleMs: 50 }
  readonly vip: Vip
  readonly device: string
  readonly #host: Host
  readonly #context: BackendContext
  readonly #gate: LeaseGate
  readonly #announcer = new Announcer(() => this.#announce())
  #held: Held | null = null
  #closed = false
  #saidMissing = false
  #verdict = { at: Number.NEGATIVE_INFINITY, mac: null as string | null }
  #rivalAt = Number.NEGATIVE_INFINITY

  constructor(host: Host, vip: Vip, device: string, context: BackendContext) {
    this.vip = vip
    this.device = device
    this.#host = host
    this.#context = context
    this.#gate = new LeaseGate(host, vip, context)
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
      if (link?.up === true && this.#held === null) await this.#look(link, OBSERVED_VERDICT_MS, signal)
      const who = this.#held === null ? this.#verdict.mac : null
      return who === null ? { state: 'nowhere' } : { state: 'elsewhere', who }
    } catch (error) {
      return { state: 'unknown', why: error instanceof Error ? error.message : String(error) }
    }
  }

  async prepare(signal: AbortSignal): Promise<void> {
    const link = this.#host.link(this.device)
    if (link?.up !== true || this.#held !== null) return
    await this.#look(link, 0, signal).catch((error: unknown) => Promise.reject(this.#refusal(error)))
  }

  async claim(grant: Grant, signal: AbortSignal): Promise<void> {
    await this.#claim(grant, signal).catch((error: unknown) => Promise.reject(this.#refusal(error)))
  }

  async #claim(grant: Grant, signal: AbortSignal): Promise<void> {
    if (!this.#host.gate.guards(this.vip)) await this.#host.gate.ensure()
    this.#host.gate.demand(this.vip)
    const link = this.#usableLink()
    if (this.#held === null) await this.#refuseConflict(link, signal)
    signal.throwIfAborted()
    this.#letGo()
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
    this.#announcer.start()
  }

  /** The address first, then the gate. False: too little of the lease is left. */
  async #bringUp(link: Link, grant: Grant): Promise<boolean> {
    const placement = placementFor(this.vip, link, await this.#host.driver.addresses())
    const wire = await this.#host.wire(link, this.vip.family)
    await this.#host.driver.place(link, placement, this.#lifetime())
    this.#held = { epoch: grant.epoch, link, placement, wire, unlisten: this.#watchRivals(wire), placedAt: this.#context.clock.now() }
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
    if (this.#held !== null) this.#announcer.start()
  }

  async release(epoch: Epoch): Promise<void> {
    if (this.#held !== null && this.#held.epoch > epoch) return
    await this.#takeDown().catch((error: unknown) => Promise.reject(this.#refusal(error)))
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#letGo()
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
    if (reason === null && this.#held !== null) this.#announcer.start()
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
    this.#letGo()
    this.#held = null
    await takeDown(this.#host, this.#gate, this.#context.clock)
    this.#verdict = { at: this.#context.clock.now(), mac: null }
  }

  /** Stops announcing and listening; what the kernel has stays. */
  #letGo(): void {
    this.#announcer.stop()
    this.#held?.unlisten()
  }

  async #refuseConflict(link: Link, signal: AbortSignal): Promise<void> {
    if ((await this.#look(link, VERDICT_MS, signal)) === null) return
    // An answer may have been on its way while the old owner fell silent: look once more.
    await new Promise((resolve) => setTimeout(resolve, SECOND_LOOK_MS))
    const mac = await this.#look(link, 0, signal)
    if (mac === null) return
    throw new BackendError(
      'CONFLICT',
      `${this.vip.text} is in use on ${this.device} by ${mac}`,
      `find the machine with the address ${mac} and take ${this.vip.text} from it; movip tries again by itself`,
    )
  }

  /** Who else has the VIP, by a probe that may be this old; an answer of somebody is never taken from memory by a claim. */
  async #look(link: Link, maxAgeMs: number, signal: AbortSignal): Promise<string | null> {
    const now = this.#context.clock.now()
    const trusted = now - this.#verdict.at <= maxAgeMs && (this.#verdict.mac === null || maxAgeMs !== VERDICT_MS)
    if (!trusted) this.#verdict = { mac: await probe(this.#host, link, this.vip, signal), at: this.#context.clock.now() }
    return this.#verdict.mac
  }

  #watchRivals(wire: Wire): () => void {
    return wire.listen(this.vip, (mac) => {
      const now = this.#context.clock.now()
      if (this.#host.isOwnMac(mac) || now - this.#rivalAt < RIVAL_EVERY_MS) return
      this.#rivalAt = now
      this.#context.logger.warn('arp-rival', { address: this.vip.text, mac })
      this.#announcer.start()
      this.#context.changed(`${mac} also says that it has ${this.vip.text}`)
    })
  }

  #announce(): void {
    if (this.#held === null || !this.#gate.open) return
    const { link, wire } = this.#held
    const router = this.vip.family === 6 && forwards(link.name)
    for (const frame of announcementFrames(this.vip, macBytes(link.mac ?? '00:00:00:00:00:00'), router)) wire.send(frame)
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

/** Whether the kernel routes IPv6 on this interface; its advertisements must say the same as the kernel's own. */
function forwards(device: string): boolean {
  try {
    return readFileSync(`/proc/sys/net/ipv6/conf/${device}/forwarding`, 'utf8').trim() === '1'
  } catch {
    return false
  }
}
