/** The contract suite of core on a real interface; run by `node --test` inside a network namespace of the lab tests. */
import { execFileSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { contractContext, describeBackend } from '@movip/core/testing'
import plugin from '../index.ts'

// Each step of the command-line driver starts programs, which takes its time on a busy machine.
const leaseMs = process.env['MOVIP_ARP_DRIVER'] === 'cli' ? 3000 : 1000
const context = contractContext({ leaseMs, interfaces: { lan: 'eth0' } })

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
