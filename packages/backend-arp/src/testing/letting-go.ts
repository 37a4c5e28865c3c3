/**
 * A program for tests: a holder of three VIPs that lets go of all of them at once, first under a running lease, then after the lease has
 * ended while the gate's table is gone. Prints which of their addresses the host still had each time the gate was to be shut.
 */
import type { BackendContext } from '@movip/core/backend'
import { run } from '../command.ts'
import { ArpEndpoint } from '../endpoint.ts'
import { openSockets } from '../ffi.ts'
import { tableName } from '../gate-rules.ts'
import { Host } from '../host.ts'
import { parseVip } from '../ip.ts'
import type { Vip } from '../ip.ts'
import { KoffiDriver } from '../koffi-driver.ts'

const cluster = 'letting-go'
const leaseMs = 8000
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

let atShut: (readonly string[])[] = []

/** Speaks to the kernel as ever, and looks at the host before it shuts a gate. */
class WatchingDriver extends KoffiDriver {
  override async shut(table: string, vip: Vip): Promise<void> {
    atShut.push(await present())
    return super.shut(table, vip)
  }
}

const driver = new WatchingDriver(openSockets())
const host = new Host(driver, cluster, logger)

function contextOf(vip: Vip): BackendContext {
  const clock = { now, at: () => silent }
  return { cluster, node: 'n', group: 'g', endpoint: vip.text, interfaces: {}, leaseMs, logger, clock, changed: silent, fitness: silent }
}

const endpoints = vips.map((vip) => new ArpEndpoint(host, vip, 'eth0', contextOf(vip)))
for (const endpoint of endpoints) await host.join(endpoint)

async function holdAndLetGo(
  epoch: number,
  meanwhile: () => Promise<void>,
): Promise<{ readonly atFirst: readonly string[]; readonly left: readonly string[] }> {
  for (const endpoint of endpoints) await endpoint.claim({ epoch, holder: 'n', until: now() + leaseMs }, never)
  await meanwhile()
  atShut = []
  await Promise.all(endpoints.map((endpoint) => endpoint.release(epoch)))
  return { atFirst: atShut[0] ?? ['nothing was shut'], left: await present() }
}

const running = await holdAndLetGo(1, async () => undefined)
const over = await holdAndLetGo(2, async () => {
  aheadMs = leaseMs
  await run('nft', ['delete', 'table', 'netdev', tableName(cluster)])
})
await host.close()
process.stdout.write(JSON.stringify({ running, over }))
