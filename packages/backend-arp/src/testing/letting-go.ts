/**
 * A program for tests: a holder of three VIPs that lets go of all of them at once, under a running lease or after its end, while what
 * takes them down works, fails or hangs. Prints what became of it.
 */
import type { BackendContext, Grant } from '@movip/core/backend'
import { run } from '../command.ts'
import { KernelError } from '../driver.ts'
import type { Extension, Link, Placement, Renewal } from '../driver.ts'
import { arpAddress } from '../create.ts'
import { openSockets } from '../ffi.ts'
import { tableName } from '../gate-rules.ts'
import { Host } from '../host.ts'
import { parseVip } from '../ip.ts'
import type { Vip } from '../ip.ts'
import { KoffiDriver } from '../koffi-driver.ts'

/** What was seen of the VIPs, which are named by their addresses. */
export interface Seen {
  /** Which addresses the host had when the first gate was to be shut. */
  readonly atFirst: readonly string[]
  readonly left: readonly string[]
  readonly open: readonly string[]
  /** What the releases failed with. */
  readonly refused: readonly string[]
  /** Gates that were extended after the holder had begun to let go. */
  readonly extended: number
}

const cluster = 'letting-go'
const leaseMs = 8000
const shortMs = 1000
let aheadMs = 0
const now = (): number => performance.now() + aheadMs
const silent = (): void => undefined
const logger = { debug: silent, info: silent, warn: silent, error: silent }
const never = new AbortController().signal

const vips = ['10.77.0.60/24', '10.77.0.61/24', 'fd77::60/64'].map(parseVip).filter((vip) => vip !== null)

async function present(): Promise<readonly string[]> {
  const addresses = await driver.addresses()
  return vips.map(({ text }) => text).filter((text) => addresses.some(({ ip }) => ip === text))
}

async function opened(): Promise<readonly string[]> {
  const open: string[] = []
  for (const vip of vips) if (await driver.isOpen(tableName(cluster), vip)) open.push(vip.text)
  return open
}

let atShut: (readonly string[])[] = []
let extended = 0
let trouble: { readonly shut?: () => Promise<void>; readonly remove?: () => Promise<void> } = {}

/** Speaks to the kernel as ever, but where there is to be trouble, and looks at the host before it shuts a gate. */
class WatchingDriver extends KoffiDriver {
  override async shut(table: string, vip: Vip): Promise<void> {
    atShut.push(await present())
    await trouble.shut?.()
    return super.shut(table, vip)
  }

  override async remove(link: Link, placement: Placement): Promise<void> {
    await trouble.remove?.()
    return super.remove(link, placement)
  }

  override extend(table: string, extensions: readonly Extension[]): Renewal {
    extended += extensions.length
    return super.extend(table, extensions)
  }
}

const driver = new WatchingDriver(openSockets())
const host = new Host(driver, cluster, logger)

function contextOf(vip: Vip): BackendContext {
  const at = (instant: number, callback: () => void): (() => void) => {
    const timer = setTimeout(callback, instant - now())
    return () => clearTimeout(timer)
  }
  return {
    cluster,
    node: 'n',
    group: 'g',
    endpoint: vip.text,
    interfaces: {},
    leaseMs,
    logger,
    clock: { now, at },
    changed: silent,
    fitness: silent,
    incident: silent,
    health: { listen: [], open: () => Promise.reject(new Error('nobody asks here')) },
    site: 'here',
    secret: () => Promise.reject(new Error('there are no secrets')),
    candidates: () => [],
  }
}

const endpoints = vips.map((vip) => arpAddress({ host, vip, device: 'eth0', context: contextOf(vip) }))
for (const endpoint of endpoints) await host.join(endpoint)

let epoch = 0
const grantFor = (ms: number): Grant => ({ epoch, holder: 'n', until: now() + ms })

async function hold(forMs = leaseMs): Promise<void> {
  epoch += 1
  trouble = {}
  await Promise.all(endpoints.map((endpoint) => endpoint.claim(grantFor(forMs), never)))
}

async function letGo(): Promise<Seen> {
  atShut = []
  extended = 0
  const releases = await Promise.allSettled(endpoints.map((endpoint) => endpoint.release(epoch)))
  const refused = releases.flatMap((release) => (release.status === 'rejected' ? [(release.reason as Error).message] : []))
  const seen = { atFirst: atShut[0] ?? ['nothing was shut'], left: await present(), open: await opened(), refused, extended }
  trouble = {}
  await Promise.all(endpoints.map((endpoint) => endpoint.release(epoch)))
  return seen
}

const fails = (what: string) => (): Promise<void> => Promise.reject(new KernelError(what, 0))

await hold()
const running = await letGo()

await hold()
trouble = { shut: fails('no gate is shut'), remove: fails('no address goes') }
const runningAndBroken = await letGo()

await hold()
trouble = { shut: fails('no gate is shut') }
const shutFails = await letGo()

// Shutting a gate hangs until the addresses are gone, or should have been for long.
await hold(shortMs)
let stayedTooLong = false
const hangs = async (): Promise<void> => {
  const end = performance.now() + 5 * shortMs
  while (!stayedTooLong && (await present()).length > 0) {
    await new Promise((resolve) => setTimeout(resolve, 10))
    stayedTooLong ||= performance.now() > end
  }
}
trouble = { shut: hangs }
const shutHangs = { ...(await letGo()), stayedTooLong }

// The clock of this process is put past the lease; in the kernel the gates are still open.
await hold()
aheadMs += leaseMs
trouble = { remove: fails('no address goes') }
const addressesStay = await letGo()

await hold()
for (const endpoint of endpoints) endpoint.renew(grantFor(3 * leaseMs))
aheadMs += leaseMs
const noted = await letGo()

await hold()
aheadMs += leaseMs
await run('nft', ['delete', 'table', 'netdev', tableName(cluster)])
const over = await letGo()

await host.close()
const report = { running, runningAndBroken, shutFails, shutHangs, addressesStay, noted, over }
export type Report = typeof report
process.stdout.write(JSON.stringify(report))
