/** The contract suite of core; run by `node --test` on a machine of the lab, with the kind as `MOVIP_KIND` and its options as JSON in `MOVIP_OPTIONS`. */
import { execFileSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { contractContext, describeBackend } from '@movip/core/testing'
import plugin from '../index.ts'

const { MOVIP_KIND: name = 'gcp-ilb', MOVIP_OPTIONS: options = '{}' } = process.env
const leaseMs = process.env['MOVIP_ARP_DRIVER'] === 'cli' ? 3000 : 1000
const context = contractContext({ leaseMs, interfaces: { lan: 'eth0' } }, '35.191.0.1')

const kind = plugin.kinds[name]
if (kind === undefined) throw new Error(`the plugin has no kind "${name}"`)
const create = () => kind.create(kind.schema.parse(JSON.parse(options)), context)
const make = async () => {
  const backend = await create()
  return {
    backend,
    clock: context.clock,
    again: create,
    cleanUp: async () => {
      await backend.close()
      execFileSync('nft', ['flush', 'ruleset'])
    },
  }
}
describeBackend(
  `${name} ${options}`,
  make,
  { describe: (title, body) => void describe(title, body), it: (title, body) => void it(title, body) },
  { leaseMs, abortMs: leaseMs },
)
