/** The contract suite of core for one kind of endpoint; run by `node --test` on an instance of the lab's cloud: `contract.js <kind> <options as JSON>`. */
import { execFileSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { DescribeAddressesCommand, DisassociateAddressCommand, EC2Client } from '@aws-sdk/client-ec2'
import { contractContext, describeBackend } from '@movip/core/testing'
import plugin from '../index.ts'

const { MOVIP_KIND: name = '', MOVIP_OPTIONS: options = '{}' } = process.env
/** Long enough for calls of a control plane on a busy machine. */
const leaseMs = 2000
const context = contractContext({ leaseMs })

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
      if (name === 'aws-eip') await disassociate()
    },
  }
}
/** Where an Elastic IP leads outlives whoever led it there. */
async function disassociate(): Promise<void> {
  const client = new EC2Client({ region: 'eu-west-1' })
  const { Addresses = [] } = await client.send(new DescribeAddressesCommand({}))
  for (const { AssociationId } of Addresses)
    if (AssociationId !== undefined) await client.send(new DisassociateAddressCommand({ AssociationId }))
  client.destroy()
}
describeBackend(
  name,
  make,
  { describe: (title, body) => void describe(title, body), it: (title, body) => void it(title, body) },
  { leaseMs, abortMs: leaseMs },
)
