import { readBack } from '@movip/core/leading'
import type { Budget, Lead, Leads } from '@movip/core/leading'
import type { Document, Documents } from './documents.ts'
import { backendError, kindOf } from './faults.ts'
import { lastOf } from './resource-id.ts'

export interface RouteTablesOptions {
  readonly documents: Documents
  /** Resource ids. */
  readonly tables: readonly string[]
  /** `10.99.0.50/32` */
  readonly destination: string
  /** Address of this machine to which they are to lead. */
  readonly own: string
}

/** Somebody may write at the same time: then it is looked at again, and written anew. */
const ATTEMPTS = 5
const ACTIVITY_LOG = 'see in the activity log of the table who else changes it; movip tries again'

/** All tables that are to lead to the holder. Each route is a resource of its own, and is written with all that was in it. */
export class RouteTables implements Leads {
  readonly names: readonly string[]
  private readonly options: RouteTablesOptions

  constructor(options: RouteTablesOptions) {
    this.options = options
    this.names = options.tables
  }

  /** A table that is gone is told by what it is asked; the others are seen nevertheless. */
  async read(budget: Budget): Promise<readonly Lead[]> {
    const seen = await Promise.allSettled(this.names.map((table) => this.leadOf(table, budget)))
    const leads = seen.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
    const failed = seen.find((each) => each.status === 'rejected')
    if (leads.length === 0 && failed !== undefined) throw failed.reason
    return leads
  }

  private async leadOf(table: string, budget: Budget): Promise<Lead> {
    return { name: table, to: nextHopOf(this.routeIn(await this.table(table, budget))) }
  }

  /** As the service has it. Throws `BackendError`. */
  table(id: string, budget: Budget): Promise<Document> {
    const asked = { permission: 'Microsoft.Network/routeTables/read', resource: `route table ${lastOf(id)}` }
    return this.options.documents.get(id, budget).catch((error: unknown) => Promise.reject(backendError(error, asked)))
  }

  private routeIn({ properties }: Document): Document | undefined {
    const routes = (properties['routes'] ?? []) as readonly Document[]
    return routes.find((route) => route.properties['addressPrefix'] === this.options.destination)
  }

  async lead(table: string, budget: Budget): Promise<void> {
    const { documents, own } = this.options
    for (let attempt = 1; ; attempt += 1) {
      const route = this.routeIn(await this.table(table, budget))
      if (nextHopOf(route) === own) break
      try {
        await documents.put(this.leading(table, route), conditionOf(route), budget)
        break
      } catch (error) {
        if (attempt === ATTEMPTS || kindOf(error) !== 'stale') throw this.failure(error, table)
      }
    }
    await readBack(table, own, { read: async () => [await this.leadOf(table, budget)], fix: ACTIVITY_LOG }, budget)
  }

  /** Whether this may be written, by an attempt that cannot succeed. Throws `BackendError`, unless it may. */
  async tryLead(table: string, signal: AbortSignal): Promise<void> {
    const budget = { until: -Infinity, signal }
    const route = this.routeIn(await this.table(table, budget))
    try {
      await this.options.documents.put(this.leading(table, route), { ifMatch: '"never"' }, budget)
    } catch (error) {
      if (kindOf(error) !== 'stale') throw this.failure(error, table)
    }
  }

  private leading(table: string, route: Document | undefined): Document {
    const { destination, own } = this.options
    const name = `movip-${destination.replaceAll(/[^0-9a-f]/g, '-')}`
    const before = route ?? { id: `${table}/routes/${name}`, name, properties: { addressPrefix: destination } }
    return { ...before, properties: { ...before.properties, nextHopType: 'VirtualAppliance', nextHopIpAddress: own } }
  }

  private failure(error: unknown, table: string): Error {
    return backendError(error, { permission: 'Microsoft.Network/routeTables/routes/write', resource: `route table ${lastOf(table)}` })
  }
}

function conditionOf(route: Document | undefined): Parameters<Documents['put']>[1] {
  if (route === undefined) return { ifNoneMatch: '*' }
  return route.etag === undefined ? {} : { ifMatch: route.etag }
}

/** null: to nowhere. What is no machine of the network is told as what it is. */
function nextHopOf(route: Document | undefined): string | null {
  if (route === undefined) return null
  const { nextHopType, nextHopIpAddress } = route.properties
  return nextHopType === 'VirtualAppliance' ? String(nextHopIpAddress) : String(nextHopType)
}
