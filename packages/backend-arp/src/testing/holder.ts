/**
 * A program for tests: a holder of ten VIPs that counts what it says to nf_tables. It renews all of them in one turn, then
 * again after one gate was closed behind its back, then while the kernel is slow, and prints what it saw as one line of JSON.
 */
import { execFileSync } from 'node:child_process'
import type { BackendContext } from '@movip/core/backend'
import { arpAddress } from '../create.ts'
import type { LeasedAddress } from '../leased-address.ts'
import { openSockets } from '../ffi.ts'
import type { Sockets } from '../ffi.ts'
import { Host } from '../host.ts'
import { parseVip } from '../ip.ts'
import type { Vip } from '../ip.ts'
import { KoffiDriver } from '../koffi-driver.ts'

const NETFILTER = 12
const leaseMs = 8000
/** While a turn is measured the clock stands, so that a busy machine changes no count; only `delays` move it on. */
let stopped: number | null = null
const now = (): number => stopped ?? performance.now()
const silent = (): void => undefined
const logger = { debug: silent, info: silent, warn: silent, error: silent }
const grant = (ms: number): { epoch: number; holder: string; until: number } => ({ epoch: 1, holder: 'n', until: now() + ms })

const counts = { sends: 0, receives: 0 }
/** How long the kernel takes for each of the next transactions, in ms. */
let delays: number[] = []
const told: Record<string, string> = {}

/** The real sockets; what goes over those of nf_tables is counted. */
function countingSockets(): Sockets {
  const sockets = openSockets()
  const counted = new Set<number>()
  return {
    ...sockets,
    netlink(protocol, groups) {
      const fd = sockets.netlink(protocol, groups)
      if (protocol === NETFILTER) counted.add(fd)
      return fd
    },
    send(fd, bytes) {
      sockets.send(fd, bytes)
      if (!counted.has(fd)) return
      counts.sends += 1
      if (stopped !== null) stopped += delays.shift() ?? 0
    },
    receive(fd) {
      if (counted.has(fd)) counts.receives += 1
      return sockets.receive(fd)
    },
  }
}

function contextOf(vip: Vip): BackendContext {
  return {
    cluster: 'ten',
    node: 'n',
    group: 'g',
    endpoint: vip.text,
    interfaces: {},
    leaseMs,
    logger,
    clock: { now, at: () => silent },
    changed: (why) => void (told[vip.text] = why),
    fitness: silent,
    incident: silent,
    health: { listen: [], open: () => Promise.reject(new Error('nobody asks here')) },
    site: 'here',
    secret: () => Promise.reject(new Error('there are no secrets')),
    candidates: () => [],
  }
}

/** Renews all in one turn of the event loop, and returns what was counted once the turn is over. */
async function renewAll(endpoints: readonly LeasedAddress[], ms: number, ...slow: readonly number[]) {
  await new Promise((resolve) => setImmediate(resolve))
  delays = [...slow]
  stopped = performance.now()
  const before = { ...counts }
  const renewed = endpoints.map((endpoint) => endpoint.renew(grant(ms)))
  const during = counts.sends - before.sends
  await Promise.resolve()
  stopped = null
  return { renewed, during, sends: counts.sends - before.sends, receives: counts.receives - before.receives }
}

function observe(): Promise<readonly string[]> {
  return Promise.all(endpoints.map(async (endpoint) => (await endpoint.observe(new AbortController().signal)).state))
}

const vips = Array.from({ length: 10 }, (_, index) => parseVip(index < 5 ? `10.77.0.${60 + index}/24` : `fd77::${60 + index}/64`)).filter(
  (vip) => vip !== null,
)
const host = new Host(new KoffiDriver(countingSockets()), 'ten', logger)
const endpoints = vips.map((vip) => arpAddress({ host, vip, device: 'eth0', context: contextOf(vip) }))
for (const endpoint of endpoints) await host.join(endpoint)
await Promise.all(endpoints.map((endpoint) => endpoint.claim(grant(1500), new AbortController().signal)))

const together = await renewAll(endpoints, 2500)
execFileSync('nft', ['delete', 'element', 'netdev', host.gate.table, 'held4', `{ ${vips[2]?.text} }`])
const apart = await renewAll(endpoints, 4000)
const listing = execFileSync('nft', ['list', 'table', 'netdev', host.gate.table], { encoding: 'utf8' })
const released = endpoints[9]
const voided = released?.renew(grant(10_000))
await released?.release(1)
const observed = await observe()
const again = await renewAll(endpoints, 5000)
const toldOfLapse = { ...told }
// An attempt may take 5 ms, the second 20, the third 80.
const late = await renewAll(endpoints, 6000, 10)
const toldOfLate = { ...told }
const hopeless = await renewAll(endpoints, 7000, 10, 30, 100)
const left = await observe()
for (const endpoint of endpoints) await endpoint.release(1)
process.stdout.write(
  `${JSON.stringify({ together, apart, listing, toldOfLapse, voided, observed, again, late, toldOfLate, hopeless, told, left })}\n`,
)
await host.close()
process.exit(0)
