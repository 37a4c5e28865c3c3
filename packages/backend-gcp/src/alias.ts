import { randomUUID } from 'node:crypto'
import type { protos } from '@google-cloud/compute'
import type { Clock } from '@movip/core/backend'
import { askWithin, readBack, refuseLapsed } from '@movip/core/leading'
import type { Budget, Lead, Leads } from '@movip/core/leading'
import type { Call, ComputeCalls } from './access.ts'
import { backendError, failureOf, kindOf } from './faults.ts'
import { pathOf } from './links.ts'
import { untilDone } from './operations.ts'
import type { Begun } from './operations.ts'

type Instance = protos.google.cloud.compute.v1.IInstance
type Nic = protos.google.cloud.compute.v1.INetworkInterface
type AliasRange = protos.google.cloud.compute.v1.IAliasIpRange

export interface AliasOptions {
  readonly calls: ComputeCalls
  readonly clock: Clock
  /** `10.132.0.60` */
  readonly address: string
  /** Secondary range of the subnetwork that it comes from; null: its primary one. */
  readonly range: string | null
  /** `zones/europe-west1-b/instances/n1` */
  readonly own: string
  /** The network interface of an instance that it goes to, such as `nic0`. */
  readonly nic: string
  readonly zones: readonly string[]
}

/** Somebody may write at the same time: then it is looked at again, and written anew. */
const ATTEMPTS = 5
const AUDIT_LOG = 'see in the audit log of the project who else changes network interfaces; movip tries again'
/** No fingerprint of anything. */
const NEVER = Buffer.alloc(8).toString('base64')

/**
 * An alias address of an instance. Google takes it from one instance and gives it to another in two steps, each only if nothing has changed
 * since it was looked at; between them nobody has it, and whoever claims next goes on from there.
 */
export class Alias implements Leads {
  readonly names: readonly string[]
  private readonly options: AliasOptions

  constructor(options: AliasOptions) {
    this.options = options
    this.names = [options.address]
  }

  async read(budget: Budget): Promise<readonly Lead[]> {
    const holder = await this.holder(budget)
    return [{ name: this.options.address, to: holder === undefined ? null : pathOf(holder.selfLink ?? '') }]
  }

  private async holder(budget: Budget): Promise<Instance | undefined> {
    const { calls, zones } = this.options
    const { project } = calls
    const lists = await Promise.all(
      zones.map((zone) =>
        this.ask<Instance[]>('compute.instances.list', { client: 'instances', method: 'list', request: { project, zone } }, budget),
      ),
    )
    return lists.flat().find(({ networkInterfaces }) => networkInterfaces?.some((nic) => this.isAt(nic)))
  }

  private isAt({ aliasIpRanges }: Nic): boolean {
    return aliasIpRanges?.some((range) => this.isOurs(range)) === true
  }

  private isOurs({ ipCidrRange }: AliasRange): boolean {
    const { address } = this.options
    return ipCidrRange === address || ipCidrRange === `${address}/32`
  }

  async lead(_: string, budget: Budget): Promise<void> {
    const { address, own, nic, range } = this.options
    const before = await this.holder(budget)
    const path = before === undefined ? null : pathOf(before.selfLink ?? '')
    if (path !== own) {
      if (path !== null) await this.change(path, null, budget, (all) => all.filter((each) => !this.isOurs(each)))
      const added = { ipCidrRange: `${address}/32`, ...(range === null ? {} : { subnetworkRangeName: range }) }
      await this.change(own, nic, budget, (all) => (all.some((each) => this.isOurs(each)) ? all : [...all, added]))
    }
    await readBack(address, own, { read: () => this.read(budget), fix: AUDIT_LOG }, budget)
  }

  /** `name`: of the interface; null: the one that has the address. Writes only if nothing has changed since. */
  private async change(
    path: string,
    name: string | null,
    budget: Budget,
    to: (all: readonly AliasRange[]) => readonly AliasRange[],
  ): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const { networkInterfaces } = await this.instance(path, budget)
        const found = networkInterfaces?.find((nic) => (name === null ? this.isAt(nic) : nic.name === name))
        if (found === undefined) return
        const before = found.aliasIpRanges ?? []
        const aliasIpRanges = to(before)
        if (aliasIpRanges.length !== before.length)
          await this.update(path, found.name ?? '', { fingerprint: found.fingerprint ?? '', aliasIpRanges: [...aliasIpRanges] }, budget)
        return
      } catch (error) {
        if (attempt === ATTEMPTS || kindOf(error) !== 'stale') throw this.failure(error, 'compute.instances.updateNetworkInterface')
      }
    }
  }

  async instance(path: string, budget: Budget): Promise<Instance> {
    const { project } = this.options.calls
    const [, zone = '', , instance = ''] = path.split('/')
    return this.ask<Instance>('compute.instances.get', { client: 'instances', method: 'get', request: { project, zone, instance } }, budget)
  }

  private async update(path: string, networkInterface: string, resource: Nic, budget: Budget): Promise<void> {
    const { calls, clock } = this.options
    refuseLapsed(clock, budget)
    const { project } = calls
    const [, zone = '', , instance = ''] = path.split('/')
    const requestId = randomUUID()
    const request = { project, zone, instance, networkInterface, requestId, networkInterfaceResource: resource }
    const begun = await calls.once<Begun>({ client: 'instances', method: 'updateNetworkInterface', request }, budget.signal)
    await untilDone(calls, begun, zone, budget)
  }

  /** Whether this machine's interface may be changed, by an attempt that cannot succeed. Throws `BackendError`, unless it may. */
  async tryChange(signal: AbortSignal): Promise<void> {
    const budget = { until: -Infinity, signal }
    const { own, nic } = this.options
    const { networkInterfaces } = await this.instance(own, budget)
    const found = networkInterfaces?.find(({ name }) => name === nic)
    try {
      await this.update(own, nic, { fingerprint: NEVER, aliasIpRanges: [...(found?.aliasIpRanges ?? [])] }, budget)
    } catch (error) {
      if (kindOf(error) !== 'stale') throw this.failure(error, 'compute.instances.updateNetworkInterface')
    }
  }

  private ask<Output>(permission: string, call: Call, budget: Budget): Promise<Output> {
    const { calls, clock } = this.options
    return askWithin({ clock, once: () => calls.once<Output>(call, budget.signal), failureOf }, budget).catch((error: unknown) =>
      Promise.reject(this.failure(error, permission)),
    )
  }

  private failure(error: unknown, permission: string): Error {
    return backendError(error, { permission, resource: `the alias address ${this.options.address}` })
  }
}
