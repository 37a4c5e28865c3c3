import { BackendError } from '@movip/core/backend'
import type { Finding } from '@movip/core/backend'
import type { Document } from './documents.ts'
import { kindOf } from './faults.ts'
import { forwardingFindings } from './own-nic.ts'
import type { MovedAddress } from './moved-address.ts'
import { lastOf } from './resource-id.ts'
import type { RouteTables } from './route-tables.ts'

type ReadNic = (signal: AbortSignal) => Promise<Document>

/** What would keep this node from leading the tables to itself. */
export async function routePreflight(tables: RouteTables, nic: ReadNic, signal: AbortSignal): Promise<readonly Finding[]> {
  const looks = [
    ...tables.names.map((table) => orFinding(async () => tableFindings(tables, table, signal))),
    orFinding(async () => forwardingFindings(await nic(signal))),
  ]
  return (await Promise.all(looks)).flat()
}

async function tableFindings(tables: RouteTables, id: string, signal: AbortSignal): Promise<readonly Finding[]> {
  const table = await tables.table(id, { until: -Infinity, signal })
  await tables.tryLead(id, signal)
  const subnets = (table.properties['subnets'] ?? []) as readonly unknown[]
  if (subnets.length > 0) return []
  const message = `route table ${lastOf(id)} is that of no subnet: nobody goes by it`
  return [
    { severity: 'warning', code: 'AZURE_TABLE_UNUSED', message, fix: 'give it to the subnets of the clients, or take it from routeTables' },
  ]
}

/** What would keep this node from taking the address. */
export function addressPreflight(address: MovedAddress, signal: AbortSignal): Promise<readonly Finding[]> {
  return orFinding(async () => {
    await address.read({ until: -Infinity, signal })
    await address.tryWrite(signal)
    return []
  })
}

/** Findings in place of a failure: what cannot be looked at cannot be relied on. What may be well in a moment is a warning. */
async function orFinding(look: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await look()
  } catch (error) {
    if (!(error instanceof BackendError)) throw error
    const { code, message, fix } = error
    const kind = kindOf(error.cause)
    return [{ severity: kind === 'throttled' || kind === 'conflict' ? 'warning' : 'error', code: `AZURE_${code}`, message, fix }]
  }
}
