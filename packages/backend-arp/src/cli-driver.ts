import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import type { Logger } from '@movip/core/backend'
import { openCliPort } from './cli-port.ts'
import { run } from './command.ts'
import { KernelError } from './driver.ts'
import type { Extension, HostAddress, HostChange, KernelDriver, Link, PacketPort, Placement, Renewal } from './driver.ts'
import { elementText, tableFamily } from './guarded.ts'
import type { Guarded } from './guarded.ts'
import { ipText, networkOf } from './ip.ts'
import type { Vip } from './ip.ts'
import { NftShell } from './nft-shell.ts'
import { heldSet } from './nftables.ts'
import { readIpLinks } from './tool-output.ts'
import type { IpLink } from './tool-output.ts'

const RESTART_MS = 500
const ENOENT = 2

/** Drives `ip`, a long-lived `nft -i` and `ip monitor`: works where no native code does, some milliseconds slower. */
export class CliDriver implements KernelDriver {
  readonly name = 'cli'
  readonly callMs = 30
  readonly #logger: Logger
  readonly #nft = new NftShell()
  /** Those whose last extension was refused; asked at the next one, because the answer comes too late for its own call. */
  readonly #refused = new Set<string>()
  readonly #ports: PacketPort[] = []
  #monitor: ChildProcess | null = null
  #known: readonly HostAddress[] = []
  #closed = false

  constructor(logger: Logger) {
    this.#logger = logger
  }

  async links(): Promise<readonly Link[]> {
    return showIp('link')
  }

  async addresses(): Promise<readonly HostAddress[]> {
    return (await showIp('address')).flatMap(({ index, addresses }) =>
      addresses.map(({ ip, prefix, dynamic }) => ({ index, ip, prefix, permanent: !dynamic })),
    )
  }

  async place(link: Link, { vip, prefix, subnetRoute }: Placement, validSeconds: number): Promise<void> {
    const route = subnetRoute ? [] : ['noprefixroute']
    const particular = vip.family === 4 ? [] : ['nodad', ...route]
    const lifetime = ['valid_lft', String(validSeconds), 'preferred_lft', '0']
    await ip(['address', 'replace', `${vip.text}/${prefix}`, 'dev', link.name, ...particular, ...lifetime])
    if (vip.family !== 4 || !subnetRoute) return
    const subnet = `${ipText(networkOf(vip.bytes, vip.prefix))}/${vip.prefix}`
    await ip(['route', 'replace', subnet, 'dev', link.name, 'proto', 'static', 'scope', 'link', 'src', vip.text, 'metric', '4294967294'])
  }

  async remove(link: Link, { vip, prefix }: Placement): Promise<void> {
    await ip(['address', 'delete', `${vip.text}/${prefix}`, 'dev', link.name], /Cannot assign requested address|Cannot find device/)
  }

  async open(table: string, guarded: Guarded, timeoutMs: number): Promise<void> {
    const [add, remove] = elementCommands(table, guarded, timeoutMs)
    await this.#nft.run(`${add}; ${remove}; ${add}`)
    this.#refused.delete(`${table}/${guarded.text}`)
  }

  extend(table: string, extensions: readonly Extension[]): Renewal {
    const refused = extensions.filter(({ guarded }) => this.#refused.has(`${table}/${guarded.text}`))
    // Asked about one alone, it is known which one it is, and it is told once.
    if (extensions.length === 1) for (const { guarded } of refused) this.#refused.delete(`${table}/${guarded.text}`)
    if (refused.length > 0) return 'lapsed'
    for (const { guarded, timeoutMs } of extensions) {
      this.#extend(table, guarded, timeoutMs).catch((error: unknown) => {
        this.#refused.add(`${table}/${guarded.text}`)
        this.#logger.warn('arp-renewal-refused', { address: guarded.text, why: error instanceof Error ? error.message : String(error) })
      })
    }
    return 'extended'
  }

  /** Repeats with what is left of the timeout, and more patience, as long as nft was late; a gate that would stay open too long is shut. */
  async #extend(table: string, guarded: Guarded, timeoutMs: number): Promise<void> {
    const start = performance.now()
    for (let patience = this.callMs; ; patience *= 4) {
      const before = performance.now()
      const left = Math.floor(timeoutMs + this.callMs - patience - (before - start))
      if (left < 1) break
      const [add, remove] = elementCommands(table, guarded, left)
      await this.#nft.run(`${remove}; ${add}`)
      if (performance.now() - before <= patience) return
    }
    await this.shut(table, guarded)
    throw new KernelError('nft was too slow', 0)
  }

  async shut(table: string, guarded: Guarded): Promise<void> {
    await this.#nft.run(elementCommands(table, guarded, 0)[1]).catch(acceptMissing)
  }

  async isOpen(table: string, guarded: Guarded): Promise<boolean> {
    const found = await this.#nft
      .run(`get element ${tableFamily(guarded)} ${table} ${heldSet(guarded)} { ${elementText(guarded)} }`)
      .catch(acceptMissing)
    return found !== null
  }

  /** It shows what it closes, and nothing where the kernel does not. */
  async closeFlows(vip: Vip): Promise<number | null> {
    const { code, stdout } = await run('ss', [
      '-K',
      '-H',
      '-n',
      '-t',
      'state',
      'connected',
      'src',
      vip.family === 6 ? `[${vip.text}]` : vip.text,
    ])
    return code === 0 ? stdout.split('\n').filter((line) => line !== '').length : null
  }

  async fingerprint(table: string): Promise<string | null> {
    const [addresses, ports] = [await this.#list('netdev', table), await this.#list('inet', table)]
    return addresses === null ? null : `${addresses}${ports ?? ''}`
  }

  async #list(family: string, table: string): Promise<string | null> {
    const text = await this.#nft.run(`list table ${family} ${table}`).catch(acceptMissing)
    return text === null ? null : withoutHeld(text)
  }

  watch(onChange: (change: HostChange) => void): void {
    if (this.#closed) return
    const child = spawn('ip', ['monitor', 'address', 'link'], { stdio: ['ignore', 'pipe', 'ignore'] })
    this.#monitor = child
    let reading = false
    let again = false
    // A line only says that something changed; what did is read afterwards.
    const read = async (): Promise<void> => {
      again = reading
      if (reading) return
      reading = true
      const before = this.#known
      this.#known = await this.addresses().catch(() => before)
      reading = false
      const gone = before.filter((old) => !this.#known.some((address) => address.ip === old.ip && address.index === old.index))
      if (!this.#closed) onChange({ gone, links: true, unsure: false })
      if (again) await read()
    }
    child.stdout.on('data', () => void read())
    child.on('error', () => undefined)
    child.on('close', () => {
      if (this.#closed) return
      onChange({ gone: [], links: true, unsure: true })
      setTimeout(() => this.watch(onChange), RESTART_MS).unref()
    })
    void read()
  }

  /** `ip monitor` tells. */
  poll(): void {}

  async port(link: Link, family: 4 | 6): Promise<PacketPort> {
    const port = await openCliPort(link, family, this.#logger)
    this.#ports.push(port)
    return port
  }

  close(): void {
    this.#closed = true
    this.#monitor?.kill()
    for (const port of this.#ports) port.close()
    this.#nft.close()
  }
}

function elementCommands(table: string, guarded: Guarded, timeoutMs: number): readonly [string, string] {
  const set = `${tableFamily(guarded)} ${table} ${heldSet(guarded)}`
  const element = elementText(guarded)
  return [`add element ${set} { ${element} timeout ${timeoutMs}ms }`, `delete element ${set} { ${element} }`]
}

/** The listing of a table but for the elements of its sets of what is open, which come and go. */
function withoutHeld(text: string): string {
  return text.replaceAll(/(set held(?:4|6|ports) \{)[^}]*?(\n\t\telements = \{[^}]*\})?\n\t\}/g, '$1}')
}

function acceptMissing(error: unknown): null {
  if (error instanceof KernelError && error.errno === ENOENT) return null
  throw error
}

async function ip(args: readonly string[], accepted?: RegExp): Promise<void> {
  const { code, stderr } = await run('ip', args)
  if (code !== 0 && accepted?.test(stderr) !== true) throw new KernelError(`ip ${args.join(' ')}: ${stderr.trim()}`, 0)
}

async function showIp(what: 'link' | 'address'): Promise<readonly IpLink[]> {
  const { code, stdout, stderr } = await run('ip', ['-j', what, 'show'])
  if (code !== 0) throw new KernelError(`ip ${what} show: ${stderr.trim()}`, 0)
  const links = readIpLinks(stdout)
  if (links === null) throw new KernelError(`ip -j ${what} show printed something that movip cannot read`, 0)
  return links
}
