/**
 * The contract suite of core; run by `node --test` where name servers answer, with the kind as `MOVIP_KIND`, its options without a name as JSON
 * in `MOVIP_OPTIONS`, and the file of the secret `ddns` as `MOVIP_SECRET`. Each test has a name of its own: what was once claimed is remembered.
 */
import { readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { contractContext, describeBackend } from '@movip/core/testing'
import plugin from '../index.ts'

const { MOVIP_KIND: name = 'dns-rfc2136', MOVIP_OPTIONS: text = '{}', MOVIP_SECRET: file = '' } = process.env
const leaseMs = 3000
const context = contractContext({ leaseMs, secret: () => readFile(file, 'utf8') })

const kind = plugin.kinds[name]
if (kind === undefined) throw new Error(`the plugin has no kind "${name}"`)
let made = 0
const make = async () => {
  const options = kind.schema.parse({ ...(JSON.parse(text) as object), name: `c${(made += 1)}-${process.pid}.example.net` })
  const create = () => kind.create(options, context)
  const backend = await create()
  return { backend, clock: context.clock, again: create, cleanUp: () => backend.close() }
}
describeBackend(
  `${name} ${text}`,
  make,
  { describe: (title, body) => void describe(title, body), it: (title, body) => void it(title, body) },
  { leaseMs, abortMs: leaseMs },
)
