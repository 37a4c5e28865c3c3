import type { ClusterSpec, EndpointSpec, Epoch, GroupId, GroupSpec, Instant, NodeId, ServicePart } from '../../model/index.ts'
import type { BackendWeather } from './call-pipe.ts'
import type { SimClock } from './clock.ts'
import { CloudEndpoint } from './cloud.ts'
import type { SimCloud } from './cloud.ts'
import { KernelEndpoint } from './endpoint.ts'
import type { MachineEndpoint } from './endpoint.ts'
import type { EventQueue } from './queue.ts'
import type { SeededRandom } from './random.ts'
import { SimFence } from './fence.ts'
import type { FenceReach } from './fence.ts'
import { SimService } from './service.ts'

export interface AddressesOptions {
  readonly node: NodeId
  readonly queue: EventQueue
  readonly random: SeededRandom
  readonly clock: SimClock
  readonly weather: BackendWeather
  readonly cloud: SimCloud
  /** Traffic begins to come here; `isAborted`: by a call that was given up. */
  readonly onUp: (
    group: GroupId,
    endpoint: string,
    up: { readonly epoch: Epoch; readonly until: Instant; readonly isAborted: boolean },
  ) => void
  /** A late call of a life that is over has brought traffic here. */
  readonly onStray: (group: GroupId, endpoint: string, epoch: Epoch) => void
  /** A part of the group's service begins to run. */
  readonly onStart: (group: GroupId) => void
  readonly reach: (group: GroupId) => FenceReach
  /** Has the node a lease of the group? */
  readonly hasLease: (group: GroupId) => boolean
}

/** The backend of endpoints that a cloud moves; all others stand behind a timer of the machine's kernel. */
export const CLOUD = 'simulated-cloud'
/** Stands before the service of a group that asks for it. */
export const FENCE = 'fence'

/** All endpoints that one machine ever had to do with. They outlive daemons and configurations. */
export class SimAddresses {
  readonly #options: AddressesOptions
  readonly #endpoints = new Map<GroupId, Map<string, MachineEndpoint>>()

  constructor(options: AddressesOptions) {
    this.#options = options
  }

  /** Groups of which this machine had an address at any time. */
  get groups(): readonly GroupId[] {
    return [...this.#endpoints.keys()]
  }

  /** Makes what a configuration names for this machine and is not there yet. */
  add(spec: ClusterSpec): void {
    const { onUp, node } = this.#options
    for (const group of spec.groups) {
      if (!group.nodes.includes(node)) continue
      const endpoints = this.#endpoints.get(group.id) ?? new Map<string, MachineEndpoint>()
      this.#endpoints.set(group.id, endpoints)
      for (const spec of group.endpoints) {
        if (endpoints.has(spec.id)) continue
        const endpoint = this.#make(group.id, spec)
        endpoint.onUp = (epoch, until, isAborted) => onUp(group.id, spec.id, { epoch, until, isAborted })
        endpoints.set(spec.id, endpoint)
      }
      for (const [order, part] of (group.service ?? []).entries())
        if (!endpoints.has(part.id)) endpoints.set(part.id, this.#makePart(group.id, order, part))
      if (group.fence !== undefined && !endpoints.has(FENCE)) endpoints.set(FENCE, this.#makeFence(group.id))
    }
  }

  find(group: GroupId, endpoint: string): MachineEndpoint | undefined {
    return this.#endpoints.get(group)?.get(endpoint)
  }

  of(group: GroupId): Iterable<readonly [string, MachineEndpoint]> {
    return this.#endpoints.get(group) ?? []
  }

  all(): readonly MachineEndpoint[] {
    return [...this.#endpoints.values()].flatMap((endpoints) => [...endpoints.values()])
  }

  /** Does traffic of the group come here? */
  isUp(group: GroupId): boolean {
    for (const endpoint of this.#endpoints.get(group)?.values() ?? []) if (endpoint.up) return true
    return false
  }

  /** The same by what the kernel ends with the lease, so that nobody else may have traffic of the group. */
  isFencedUp(group: GroupId): boolean {
    for (const { up, capabilities } of this.#endpoints.get(group)?.values() ?? []) if (up && capabilities.kernelFenced) return true
    return false
  }

  /** The parts of its service that this machine ever had to do with. */
  partsOf(group: GroupId): readonly SimService[] {
    return [...(this.#endpoints.get(group)?.values() ?? [])].filter((endpoint) => endpoint instanceof SimService)
  }

  /** Does all traffic of the group come here, rightly? A cloud's table goes on pointing here when the lease is over. */
  isServed(group: GroupSpec): boolean {
    const hasLease = this.#options.hasLease(group.id)
    if (!this.partsOf(group.id).every(({ runs }) => runs)) return false
    return group.endpoints.every(({ id }) => {
      const endpoint = this.find(group.id, id)
      return endpoint?.receives === true && (hasLease || endpoint.capabilities.kernelFenced)
    })
  }

  #makePart(group: GroupId, order: number, part: ServicePart): SimService {
    const { queue, weather, onStart } = this.#options
    const service = new SimService(order, part, queue, this.#options.random.fork(), weather)
    service.onStart = () => onStart(group)
    return service
  }

  #makeFence(group: GroupId): SimFence {
    const { queue, weather, random, reach } = this.#options
    return new SimFence(queue, random.fork(), weather, reach(group))
  }

  #make(group: GroupId, { id, backend }: EndpointSpec): MachineEndpoint {
    const { queue, clock, weather, cloud, node, onStray } = this.#options
    const random = this.#options.random.fork()
    if (backend !== CLOUD) return new KernelEndpoint(queue, random, clock, weather)
    const table = `${group}/${id}`
    return new CloudEndpoint({ cloud, table, node, queue, random, clock, weather, onStray: (epoch) => onStray(group, id, epoch) })
  }
}
