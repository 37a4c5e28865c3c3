import { readFileSync } from 'node:fs'
import { BackendError } from '@movip/core/backend'
import type { BackendContext } from '@movip/core/backend'
import { Announcer } from './announcer.ts'
import type { Link } from './driver.ts'
import { announcementFrames } from './frames.ts'
import type { Host } from './host.ts'
import { macBytes } from './ip.ts'
import type { Vip } from './ip.ts'
import { probe } from './probe.ts'
import type { Voice } from './voice.ts'
import type { Wire } from './wire.ts'

/** How long the result of a probe counts. */
const VERDICT_MS = 1000
const OBSERVED_VERDICT_MS = 5000
const RIVAL_EVERY_MS = 1000
const SECOND_LOOK_MS = 20

export interface ArpVoiceOptions {
  readonly host: Host
  readonly vip: Vip
  readonly device: string
  readonly context: BackendContext
  /** Whether the kernel lets announcements out. */
  readonly isOpen: () => boolean
}

/** ARP and neighbour discovery of one VIP in its LAN. */
export class ArpVoice implements Voice {
  readonly #options: ArpVoiceOptions
  readonly #announcer = new Announcer(() => this.#announce())
  #heard: { readonly link: Link; readonly wire: Wire; readonly unlisten: () => void } | null = null
  #verdict = { at: Number.NEGATIVE_INFINITY, mac: null as string | null }
  #rivalAt = Number.NEGATIVE_INFINITY

  constructor(options: ArpVoiceOptions) {
    this.#options = options
  }

  get rival(): string | null {
    return this.#verdict.mac
  }

  async look(link: Link, signal: AbortSignal): Promise<void> {
    await this.#look(link, 0, signal)
  }

  async lookAgain(link: Link, signal: AbortSignal): Promise<void> {
    await this.#look(link, OBSERVED_VERDICT_MS, signal)
  }

  async refuseConflict(link: Link, signal: AbortSignal): Promise<void> {
    if ((await this.#look(link, VERDICT_MS, signal)) === null) return
    // An answer may have been on its way while the old owner fell silent: look once more.
    await new Promise((resolve) => setTimeout(resolve, SECOND_LOOK_MS))
    const mac = await this.#look(link, 0, signal)
    if (mac === null) return
    const { vip, device } = this.#options
    throw new BackendError(
      'CONFLICT',
      `${vip.text} is in use on ${device} by ${mac}`,
      `find the machine with the address ${mac} and take ${vip.text} from it; movip tries again by itself`,
    )
  }

  async open(link: Link): Promise<void> {
    const { host, vip } = this.#options
    const wire = await host.wire(link, vip.family)
    this.#heard?.unlisten()
    this.#heard = { link, wire, unlisten: this.#watchRivals(wire) }
  }

  start(): void {
    this.#announcer.start()
  }

  stop(): void {
    this.#announcer.stop()
    this.#heard?.unlisten()
    this.#heard = null
  }

  forget(): void {
    this.#verdict = { at: this.#options.context.clock.now(), mac: null }
  }

  /** Who else has the VIP, by a probe that may be this old; an answer of somebody is never taken from memory by a claim. */
  async #look(link: Link, maxAgeMs: number, signal: AbortSignal): Promise<string | null> {
    const { host, vip, context } = this.#options
    const now = context.clock.now()
    const trusted = now - this.#verdict.at <= maxAgeMs && (this.#verdict.mac === null || maxAgeMs !== VERDICT_MS)
    if (!trusted) this.#verdict = { mac: await probe(host, link, vip, signal), at: context.clock.now() }
    return this.#verdict.mac
  }

  #watchRivals(wire: Wire): () => void {
    const { host, vip, context } = this.#options
    return wire.listen(vip, (mac) => {
      const now = context.clock.now()
      if (host.isOwnMac(mac) || now - this.#rivalAt < RIVAL_EVERY_MS) return
      this.#rivalAt = now
      context.logger.warn('arp-rival', { address: vip.text, mac })
      this.#announcer.start()
      context.changed(`${mac} also says that it has ${vip.text}`)
    })
  }

  #announce(): void {
    if (this.#heard === null || !this.#options.isOpen()) return
    const { link, wire } = this.#heard
    const { vip } = this.#options
    const router = vip.family === 6 && forwards(link.name)
    for (const frame of announcementFrames(vip, macBytes(link.mac ?? '00:00:00:00:00:00'), router)) wire.send(frame)
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
