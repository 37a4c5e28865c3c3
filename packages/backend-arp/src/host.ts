import type { Logger } from '@movip/core/backend'
import { chooseDriver } from './choose-driver.ts'
import type { HostChange, KernelDriver, Link } from './driver.ts'
import { Gate } from './gate.ts'
import type { GateMember } from './gate.ts'
import { tableName } from './gate-rules.ts'
import { interfaceFix } from './lacking.ts'
import { Pushes } from './pushes.ts'
import { Shared } from './shared.ts'
import { Wire } from './wire.ts'

/** All that is looked at periodically is looked at together: every wake-up of a process that mostly waits costs. */
const TICK_MS = 250
const GATE_RETRY_MS = 5000
/** The gate is looked at once in so many ticks. */
const GATE_TICKS = { koffi: 1, cli: 2 } as const
/** By then every endpoint of the configuration has joined. */
const SETTLED_TICKS = 240

/** What an endpoint wants to hear about this host; of links and addresses only where it has an interface. */
export interface Resident extends GateMember {
  onLink(): void
  onAddressGone(why: string): void
  /** The gate is gone or altered: take the VIP down; it is restored when this returns. */
  onGateLost(): Promise<void>
  onGateRestored(): void
}

/** This host as all endpoints of one cluster share it: one driver, one gate, one watcher, one wire per interface. */
export class Host {
  readonly driver: KernelDriver
  readonly gate: Gate
  readonly pushes: Pushes
  readonly #logger: Logger
  readonly #residents = new Set<Resident>()
  readonly #wires = new Map<string, Promise<Wire>>()
  readonly #openWires = new Set<Wire>()
  #timer: NodeJS.Timeout | null = null
  #ticks = 0
  #links = new Map<string, Link>()
  #triedAt = performance.now()
  #checking: Promise<void> | null = null

  constructor(driver: KernelDriver, cluster: string, logger: Logger) {
    this.driver = driver
    this.gate = new Gate(tableName(cluster), driver)
    this.pushes = new Pushes(driver, this.gate.table)
    this.#logger = logger
    this.#arm()
    driver.watch((change) => void this.#onChange(change).catch((error: unknown) => this.#complain('arp-watch-failed', error)))
  }

  /** At multiples of the tick, as other periodic work of the process, so that all of it shares one wake-up. */
  #arm(): void {
    this.#timer = setTimeout(
      () => {
        this.#arm()
        this.driver.poll()
        for (const wire of this.#openWires) wire.poll()
        this.#ticks += 1
        if (this.#ticks % GATE_TICKS[this.driver.name] === 0) this.checkGate()
        if (this.#ticks % SETTLED_TICKS === 0)
          void this.gate.freeStalePorts().catch((error: unknown) => this.#complain('arp-stale-ports', error))
      },
      TICK_MS * 1.5 - ((performance.now() + TICK_MS / 2) % TICK_MS),
    ).unref()
  }

  link(device: string): Link | null {
    return this.#links.get(device) ?? null
  }

  /** The next step where an interface does not exist. */
  get interfaceFix(): string {
    return interfaceFix([...this.#links.keys()])
  }

  /** Hardware addresses of this host: an answer from one of them is no conflict. */
  isOwnMac(mac: string): boolean {
    return [...this.#links.values()].some((link) => link.mac === mac)
  }

  async join(resident: Resident): Promise<void> {
    this.gate.add(resident)
    await this.#readLinks()
    await this.gate.ensure()
    this.#residents.add(resident)
  }

  /** It wants to hear nothing any more. */
  remove(resident: Resident): void {
    this.#residents.delete(resident)
  }

  /** The wire of this interface; opened once, because closing a packet socket takes the kernel milliseconds. */
  wire(link: Link, family: 4 | 6): Promise<Wire> {
    const key = `${link.index}/${family}`
    const known = this.#wires.get(key)
    if (known !== undefined) return known
    const opening = this.driver.port(link, family).then((port) => {
      const wire = new Wire(port)
      this.#openWires.add(wire)
      return wire
    })
    opening.catch(() => this.#wires.delete(key))
    this.#wires.set(key, opening)
    return opening
  }

  /** Looks whether the gate still stands; if not: VIPs down, gate up, residents told. */
  checkGate(): void {
    this.#checking ??= this.#checkGate()
      .catch((error: unknown) => this.#complain('arp-gate-check-failed', error))
      .finally(() => (this.#checking = null))
  }

  async close(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer)
    await this.#checking
    await this.gate.leave()
    for (const wire of this.#openWires) wire.close()
    this.driver.close()
  }

  async #checkGate(): Promise<void> {
    if (this.gate.trouble !== null) return this.#retryGate()
    if (await this.gate.intact()) return
    this.#logger.error('arp-gate-lost', { table: this.gate.table, fix: 'exempt this table from what flushes the ruleset' })
    await Promise.all([...this.#residents].map((resident) => resident.onGateLost()))
    await this.gate.restore()
    for (const resident of this.#residents) resident.onGateRestored()
  }

  /** Whatever kept the gate from being made may have been mended: a package was installed, a right given. */
  async #retryGate(): Promise<void> {
    const now = performance.now()
    if (now - this.#triedAt < GATE_RETRY_MS) return
    this.#triedAt = now
    await this.gate.ensure()
    if (this.gate.trouble === null) for (const resident of this.#residents) resident.onGateRestored()
  }

  async #onChange(change: HostChange): Promise<void> {
    for (const address of change.gone) {
      for (const resident of this.#residents) {
        const here = resident.device !== null && this.#links.get(resident.device)?.index === address.index
        if (here && resident.guarded.text === address.ip)
          resident.onAddressGone(`${address.ip} was removed from ${resident.device} by somebody else`)
      }
    }
    if (change.links) await this.#readLinks()
    if (change.unsure) for (const resident of this.#residents) resident.onAddressGone('the kernel had more news than could be read')
  }

  async #readLinks(): Promise<void> {
    const before = this.#links
    this.#links = new Map((await this.driver.links()).map((link) => [link.name, link]))
    const devices = new Set([...this.#residents].flatMap(({ device }) => device ?? []))
    // An interface that is new, or was made anew under its old name, has no chains yet.
    const renewed = [...devices].filter((device) => this.#links.get(device)?.index !== before.get(device)?.index)
    if (renewed.length > 0) await this.gate.ensure(renewed.some((device) => this.#links.has(device)))
    for (const resident of this.#residents) {
      if (resident.device === null) continue
      const [was, is] = [before.get(resident.device), this.#links.get(resident.device)]
      if (was?.index !== is?.index || was?.up !== is?.up) resident.onLink()
    }
  }

  #complain(event: string, error: unknown): void {
    this.#logger.error(event, { error: error instanceof Error ? error.message : String(error) })
  }
}

const hosts = new Map<string, Shared<Host>>()

/** The host of this cluster, made at first use. Whoever takes it leaves it later. */
export function takeHost(cluster: string, logger: Logger): Promise<Host> {
  const shared =
    hosts.get(cluster) ??
    new Shared<Host>({
      make: async () => new Host(await chooseDriver(logger), cluster, logger),
      close: (host) => host.close(),
    })
  hosts.set(cluster, shared)
  return shared.take()
}

/** The endpoint goes, and with the last one the host; an endpoint that is just being made counts. */
export async function leaveHost(cluster: string, host: Host, resident: Resident): Promise<void> {
  host.remove(resident)
  const closed = await hosts.get(cluster)?.giveBack()
  if (closed === false) await host.gate.delete(resident)
}

/** Whether this process has endpoints of this cluster. */
export function hasHost(cluster: string): boolean {
  return hosts.get(cluster)?.inUse === true
}
