import { BackendError } from '@movip/core/backend'
import { run } from './command.ts'
import type { KernelDriver } from './driver.ts'
import { gateRules, guardedSet, onlyPorts, withoutTables } from './gate-rules.ts'
import { elementText } from './guarded.ts'
import type { Guarded } from './guarded.ts'
import { RIGHTS_FIX, saysDenied } from './rights.ts'

/** What is behind the gate: an address with the interface that it lives on, or a port, which lives on none. */
export interface GateMember {
  readonly guarded: Guarded
  readonly device: string | null
}

/** What the table is to be. */
interface Design {
  /** Input of `nft -f`. */
  readonly rules: string
  /** What it guards, by its text. */
  readonly guarded: ReadonlySet<string>
}

/** Why the gate does not stand. */
export interface GateTrouble {
  readonly code: 'ARP_NFT_MISSING' | 'ARP_NO_CAP_NET_ADMIN' | 'ARP_NO_NFT_EGRESS' | 'ARP_GATE_FAILED'
  readonly message: string
  readonly fix: string
}

/**
 * The nftables table of one cluster in front of all its VIPs on this host. Closed from birth. Making it takes
 * milliseconds and an `nft` process, so it is done before it is needed, never during a failover.
 */
export class Gate {
  readonly table: string
  readonly #driver: KernelDriver
  readonly #members = new Set<GateMember>()
  readonly #known = new Set<string>()
  #made = false
  #print: string | null = null
  #mayHaveStalePorts = true
  #applied: Design | null = null
  #trouble: GateTrouble | null = null
  /** What is asked for and not begun yet, by force or not. */
  #asked: { readonly done: Promise<void>; force: boolean } | null = null
  /** Those that go, while that is not begun yet. */
  #leaving: { readonly done: Promise<void>; readonly members: GateMember[] } | null = null
  #work: Promise<unknown> = Promise.resolve()

  constructor(table: string, driver: KernelDriver) {
    this.table = table
    this.#driver = driver
  }

  get trouble(): GateTrouble | null {
    return this.#trouble
  }

  add(member: GateMember): void {
    this.#known.add(member.guarded.text)
    this.#members.add(member)
  }

  /**
   * The member is configured here no longer. Once its VIP is not on this host either, a person may use it by hand. Those that go while the
   * table is worked on go together: a daemon that ends has very many.
   */
  delete(member: GateMember): Promise<void> {
    const leaving = this.#leaving ?? { done: this.#queue(() => this.#takeAway()), members: [] }
    leaving.members.push(member)
    this.#leaving = leaving
    return leaving.done
  }

  async #takeAway(): Promise<void> {
    const members = this.#leaving?.members ?? []
    this.#leaving = null
    for (const member of members) this.#members.delete(member)
    this.#mayHaveStalePorts ||= members.some(({ guarded }) => guarded.family === 'port')
    const onHost = new Set((await this.#driver.addresses()).map(({ ip }) => ip))
    // Whoever joins from here on is not in the design, and so is not taken for guarded.
    const design = await this.#design()
    // Ports are freed later: this may be the end of the daemon, and not of what guards them.
    const isFree = ({ family, text }: Guarded): boolean => family !== 'port' && !onHost.has(text) && !design.guarded.has(text)
    const freed = members.map(({ guarded }) => guarded).filter(isFree)
    if (freed.length === 0) return
    const elements = freed.map((each) => `element netdev ${this.table} ${guardedSet(each)} { ${elementText(each)} }`)
    // What is added first can be deleted, whether or not it was there.
    await this.#apply(design, `${design.rules}${elements.map((element) => `add ${element}\ndelete ${element}\n`).join('')}`)
  }

  /**
   * Makes the table cover every member whose interface exists. Calls that come while another one is worked on are served together; a needless
   * one does nothing, but by `force`.
   */
  ensure(force = false): Promise<void> {
    const asked = this.#asked ?? { done: this.#queue(() => this.#cover()), force }
    asked.force ||= force
    this.#asked = asked
    return asked.done
  }

  async #cover(): Promise<void> {
    const force = this.#asked?.force === true
    this.#asked = null
    const design = await this.#design()
    if (force || design.rules !== this.#applied?.rules || this.#trouble !== null) await this.#apply(design)
  }

  /** Whether the table is still as it was made. */
  async intact(): Promise<boolean> {
    return this.#queue(
      async () => this.#applied === null || (this.#print !== null && (await this.#driver.fingerprint(this.table)) === this.#print),
    )
  }

  /** Makes the table anew after somebody removed or altered it. */
  restore(): Promise<void> {
    return this.#queue(async () => {
      // Deleting first takes rules away that somebody may have slipped in; nothing is open at this moment.
      const design = await this.#design()
      await this.#apply(design, `${withoutTables(this.table, ['netdev', 'inet'])}${design.rules}`)
      // What stands now is this process's own work, whoever made the table before.
      if (this.#trouble === null) this.#made = true
    })
  }

  /**
   * Takes the table down if this process made it and nothing of it is left on the host: a person may then use the address by hand. Ports stay
   * shut: a load balancer may go on sending traffic here for a while, and whatever listens would serve it without a lease.
   */
  leave(): Promise<void> {
    return this.#queue(async () => {
      const addresses = await this.#driver.addresses()
      if (!this.#made || addresses.some((address) => this.#known.has(address.ip))) return
      await run('nft', ['delete', 'table', 'netdev', this.table])
    })
  }

  /** Frees ports that are guarded here no longer, or were by an earlier life: nobody else would open them. Once every endpoint has joined. */
  freeStalePorts(): Promise<void> {
    return this.#queue(async () => {
      if (!this.#mayHaveStalePorts || this.#applied === null) return
      const guarded = [...this.#members].map((member) => member.guarded)
      const { code } = await run('nft', ['-f', '-'], onlyPorts(this.table, guarded))
      this.#mayHaveStalePorts = code !== 0
      this.#print = await this.#driver.fingerprint(this.table)
    })
  }

  /** Whether this passes only while it is open. */
  guards({ text }: Guarded): boolean {
    return this.#trouble === null && this.#applied?.guarded.has(text) === true
  }

  /** Throws where no gate stands in front: without it nothing may be configured. */
  demand(guarded: Guarded): void {
    if (this.#trouble !== null) {
      const code = this.#trouble.code === 'ARP_NO_CAP_NET_ADMIN' ? 'DENIED' : 'FAILED'
      throw new BackendError(code, this.#trouble.message, this.#trouble.fix)
    }
    if (!this.guards(guarded))
      throw new BackendError('FAILED', `the gate does not guard ${guarded.text}`, 'none: movip tries again by itself')
  }

  async #design(): Promise<Design> {
    const present = new Set((await this.#driver.links()).map((link) => link.name))
    const members = [...this.#members]
    const devices = [...new Set(members.flatMap(({ device }) => device ?? []))].filter((device) => present.has(device)).toSorted()
    const guarded = members.map((member) => member.guarded)
    return { rules: gateRules(this.table, devices, guarded), guarded: new Set(guarded.map(({ text }) => text)) }
  }

  async #apply(design: Design, input = design.rules): Promise<void> {
    if (this.#applied === null) this.#made = (await this.#driver.fingerprint(this.table).catch(() => '')) === null
    const { code, stderr } = await run('nft', ['-f', '-'], input)
    this.#trouble = code === 0 ? null : troubleOf(code, stderr)
    if (code !== 0) return
    this.#applied = design
    this.#print = await this.#driver.fingerprint(this.table)
  }

  #queue<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#work.then(action)
    this.#work = result.catch(() => undefined)
    return result
  }
}

function troubleOf(code: number | null, stderr: string): GateTrouble {
  const message = stderr.trim().split('\n')[0] ?? ''
  if (code === null)
    return { code: 'ARP_NFT_MISSING', message: `nft could not be started: ${message}`, fix: 'install the package nftables' }
  if (saysDenied(stderr)) {
    return {
      code: 'ARP_NO_CAP_NET_ADMIN',
      message: `no CAP_NET_ADMIN: nft is not permitted to make the gate: ${message}`,
      fix: RIGHTS_FIX,
    }
  }
  if (/egress/.test(stderr)) {
    return {
      code: 'ARP_NO_NFT_EGRESS',
      message: `this kernel or nft knows no egress hook: ${message}`,
      fix: 'use Linux 5.16 or newer and nftables 1.0.1 or newer',
    }
  }
  return {
    code: 'ARP_GATE_FAILED',
    message: `nft could not make the gate: ${message}`,
    fix: 'check that the kernel has nf_tables with the netdev family (nft list ruleset)',
  }
}
