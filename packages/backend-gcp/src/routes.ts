import { randomUUID } from 'node:crypto'
import type { protos } from '@google-cloud/compute'
import type { Clock } from '@movip/core/backend'
import { askWithin, readBack, refuseLapsed } from '@movip/core/leading'
import type { Budget, Claiming, Lead, Leads } from '@movip/core/leading'
import type { Call, ComputeCalls } from './access.ts'
import { backendError, failureOf, kindOf } from './faults.ts'
import { nameOf, pathOf } from './links.ts'
import { untilDone } from './operations.ts'
import type { Begun } from './operations.ts'

type Route = protos.google.cloud.compute.v1.IRoute

export interface RoutesOptions {
  readonly calls: ComputeCalls
  readonly clock: Clock
  /** `10.99.0.50/32` */
  readonly destination: string
  /** Name of the network. */
  readonly network: string
  /** `zones/europe-west1-b/instances/n1` */
  readonly own: string
  /** Of the first of them; lower goes before higher. */
  readonly priority: number
}

/** Two routes of the same priority would share the traffic: each epoch has another one than the epochs around it. */
const PRIORITIES = 100
const AUDIT_LOG = 'see in the audit log of the project who else changes routes; movip tries again'

/**
 * The route to an overlay address. Routes of Google's never change: a new one is made, which bears the epoch, and then the old ones go; at no
 * time is there none. A late call of an earlier holder has another name, and takes none away that came after it.
 */
export class Routes implements Leads {
  readonly names: readonly string[]
  private readonly options: RoutesOptions

  constructor(options: RoutesOptions) {
    this.options = options
    this.names = [options.destination]
  }

  async read(budget: Budget): Promise<readonly Lead[]> {
    const [best] = await this.list(budget)
    return [{ name: this.options.destination, to: best === undefined ? null : nextHopOf(best) }]
  }

  /** All routes to the address, the one that packets go by first. Throws `BackendError`. */
  async list(budget: Budget): Promise<readonly Route[]> {
    const { calls, destination, network } = this.options
    const { project } = calls
    const request = { project, filter: `destRange = "${destination}"` }
    const routes = await this.ask<Route[]>('compute.routes.list', { client: 'routes', method: 'list', request }, budget)
    const ours = routes.filter((route) => route.destRange === destination && nameOf(route.network) === network)
    return ours.toSorted((a, b) => (a.priority ?? 1000) - (b.priority ?? 1000))
  }

  async lead(_: string, budget: Claiming): Promise<void> {
    const { destination, own } = this.options
    const before = await this.list(budget)
    const name = this.nameIn(budget.epoch)
    const ours = before.find((route) => route.name === name)
    // Of a former life of the cluster, which counted epochs from one as well.
    if (ours !== undefined && nextHopOf(ours) !== own) await this.delete(name, budget)
    if (ours === undefined || nextHopOf(ours) !== own) await this.insert(name, budget)
    const old = before.filter((route) => isMovips(route, destination) && route.name !== name)
    await Promise.all(old.map((route) => this.delete(route.name ?? '', budget)))
    await readBack(destination, own, { read: () => this.read(budget), fix: AUDIT_LOG }, budget)
  }

  private nameIn(epoch: number): string {
    return `${prefixOf(this.options.destination)}-e${epoch}`
  }

  private async insert(name: string, budget: Claiming): Promise<void> {
    const { calls, destination, network, own, priority } = this.options
    const { project } = calls
    const requestId = randomUUID()
    const routeResource: Route = {
      name,
      network: `projects/${project}/global/networks/${network}`,
      destRange: destination,
      priority: Math.max(0, priority - (budget.epoch % PRIORITIES)),
      nextHopInstance: `projects/${project}/${own}`,
      description: `movip, epoch ${budget.epoch}`,
    }
    await this.change(
      'compute.routes.create',
      { client: 'routes', method: 'insert', request: { project, requestId, routeResource } },
      budget,
    ).catch(
      // An earlier attempt of this very claim has made it.
      (error: unknown) => (kindOf(causeOf(error)) === 'conflict' ? undefined : Promise.reject(error as Error)),
    )
  }

  private async delete(route: string, budget: Budget): Promise<void> {
    const { project } = this.options.calls
    const requestId = randomUUID()
    await this.change(
      'compute.routes.delete',
      { client: 'routes', method: 'delete', request: { project, requestId, route } },
      budget,
    ).catch((error: unknown) => (kindOf(causeOf(error)) === 'missing' ? undefined : Promise.reject(error as Error)))
  }

  /** Whether routes may be changed, by an attempt that finds nothing. Throws `BackendError`, unless they may. */
  async tryChange(signal: AbortSignal): Promise<void> {
    await this.delete(`${prefixOf(this.options.destination)}-none`, { until: -Infinity, signal })
  }

  private async change(permission: string, call: Call, budget: Budget): Promise<void> {
    const { calls, clock } = this.options
    refuseLapsed(clock, budget)
    try {
      await untilDone(calls, await calls.once<Begun>(call, budget.signal), null, budget)
    } catch (error) {
      throw this.failure(error, permission)
    }
  }

  private ask<Output>(permission: string, call: Call, budget: Budget): Promise<Output> {
    const { calls, clock } = this.options
    return askWithin({ clock, once: () => calls.once<Output>(call, budget.signal), failureOf }, budget).catch((error: unknown) =>
      Promise.reject(this.failure(error, permission)),
    )
  }

  private failure(error: unknown, permission: string): Error {
    return backendError(error, { permission, resource: `the routes to ${this.options.destination}` })
  }
}

/** Whether movip has made it: what others have made for the same address is theirs. */
export function isMovips({ name }: Route, destination: string): boolean {
  return name?.startsWith(`${prefixOf(destination)}-e`) === true
}

function prefixOf(destination: string): string {
  return `movip-${destination.replace(/\/.*$/, '').replaceAll(/[^0-9a-f]/g, '-')}`
}

/** What is no instance is told as what it is. */
function nextHopOf({ nextHopInstance, nextHopIp, nextHopIlb, nextHopGateway }: Route): string {
  if (nextHopInstance) return pathOf(nextHopInstance)
  return nextHopIp ?? nextHopIlb ?? nextHopGateway ?? 'somewhere else'
}

function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? error.cause : error
}
