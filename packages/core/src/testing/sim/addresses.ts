import type { ClusterSpec, Epoch, GroupId, GroupSpec, NodeId } from '../../model/index.ts'
import type { SimClock } from './clock.ts'
import { SimEndpoint } from './endpoint.ts'
import type { BackendWeather } from './endpoint.ts'
import type { EventQueue } from './queue.ts'
import type { SeededRandom } from './random.ts'

export interface AddressesOptions {
  readonly node: NodeId
  readonly queue: EventQueue
  readonly random: SeededRandom
  readonly clock: SimClock
  readonly weather: BackendWeather
  /** Traffic begins to come here. */
  readonly onUp: (group: GroupId, endpoint: string, epoch: Epoch, until: number) => void
}

/** All addresses that one machine ever had to do with. They live in its kernel, while daemons and configurations come and go. */
export class SimAddresses {
  readonly #options: AddressesOptions
  readonly #endpoints = new Map<GroupId, Map<string, SimEndpoint>>()

  constructor(options: AddressesOptions) {
    this.#options = options
  }

  /** Groups of which this machine had an address at any time. */
  get groups(): readonly GroupId[] {
    return [...this.#endpoints.keys()]
  }

  /** Makes what a configuration names for this machine and is not there yet. */
  add(spec: ClusterSpec): void {
    const { queue, random, clock, weather, onUp, node } = this.#options
    for (const group of spec.groups) {
      if (!group.nodes.includes(node)) continue
      const endpoints = this.#endpoints.get(group.id) ?? new Map<string, SimEndpoint>()
      this.#endpoints.set(group.id, endpoints)
      for (const { id } of group.endpoints) {
        if (endpoints.has(id)) continue
        const endpoint = new SimEndpoint(queue, random.fork(), clock, weather)
        endpoint.onUp = (epoch, until) => onUp(group.id, id, epoch, until)
        endpoints.set(id, endpoint)
      }
    }
  }

  find(group: GroupId, endpoint: string): SimEndpoint | undefined {
    return this.#endpoints.get(group)?.get(endpoint)
  }

  of(group: GroupId): Iterable<readonly [string, SimEndpoint]> {
    return this.#endpoints.get(group) ?? []
  }

  all(): readonly SimEndpoint[] {
    return [...this.#endpoints.values()].flatMap((endpoints) => [...endpoints.values()])
  }

  /** Does traffic of the group come here? */
  isUp(group: GroupId): boolean {
    for (const endpoint of this.#endpoints.get(group)?.values() ?? []) if (endpoint.up) return true
    return false
  }

  /** Does all traffic of the group come here? */
  isServed(group: GroupSpec): boolean {
    return group.endpoints.every(({ id }) => this.find(group.id, id)?.up === true)
  }
}
