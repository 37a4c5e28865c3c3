/** The contract suite of core on a real interface; run by `node --test` inside a network namespace of the lab tests. */
import { execFileSync } from 'node:child_process'
import { describe, it } from 'node:test'
import type { BackendContext } from '@movip/core/backend'
import { describeBackend } from '@movip/core/testing'
import plugin from '../index.ts'

const now = (): number => performance.now()
const silent = (): void => undefined
// Each step of the command-line driver starts programs, which takes its time on a busy machine.
const leaseMs = process.env['MOVIP_ARP_DRIVER'] === 'cli' ? 3000 : 1000
const context: BackendContext = {
  cluster: 'contract',
  node: 'a',
  group: 'web',
  endpoint: 'vip',
  interfaces: { lan: 'eth0' },
  leaseMs,
  clock: {
    now,
    at: (at, callback) => {
      const timer = setTimeout(callback, at - now())
      return () => clearTimeout(timer)
    },
  },
  logger: { debug: silent, info: silent, warn: silent, error: silent },
  changed: silent,
  fitness: silent,
  incident: silent,
  health: { listen: [], open: () => Promise.reject(new Error('nobody asks here')) },
  candidates: () => [],
}

for (const address of ['10.77.0.50/24', 'fd77::50/64']) {
  const kind = plugin.kinds['arp']
  if (kind === undefined) throw new Error('the plugin has no kind "arp"')
  const create = () => kind.create(kind.schema.parse({ address, interface: 'lan' }), context)
  const make = async () => {
    const backend = await create()
    return {
      backend,
      clock: context.clock,
      again: create,
      cleanUp: async () => {
        await backend.close()
        execFileSync('nft', ['flush', 'ruleset'])
        execFileSync('ip', ['address', 'flush', 'to', address.split('/')[0] ?? ''])
      },
    }
  }
  describeBackend(
    `arp ${address}`,
    make,
    { describe: (title, body) => void describe(title, body), it: (title, body) => void it(title, body) },
    { leaseMs, abortMs: leaseMs },
  )
}
