import { isFields } from './contract.ts'
import type { Fields, Json } from './contract.ts'
import { isSame, partsOf } from './ids.ts'
import { kinds } from './world.ts'
import type { Child, LoadBalancer, NetworkInterface, Reference, Resource, World } from './world.ts'

/** Everything of the network that a document refers to by its id. */
export function referencesIn(value: Json | undefined): readonly string[] {
  if (Array.isArray(value)) return (value as readonly Json[]).flatMap((item) => referencesIn(item))
  if (!isFields(value)) return []
  const { id, ...rest } = value
  const own = typeof id === 'string' && partsOf(id) !== null ? [id] : []
  return [...own, ...Object.values(rest).flatMap((member) => referencesIn(member))]
}

/** A document that says nothing of what it refers to but its id, as the service keeps it. */
export function withBareReferences(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => withBareReferences(item))
  if (!isFields(value)) return value
  if (typeof value['id'] === 'string' && partsOf(value['id']) !== null) return { id: value['id'] }
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withBareReferences(member ?? null)]))
}

/** The ids of the parts of other resources that refer to this one, or to a part of it. */
export function usersOf(world: World, id: string): readonly string[] {
  const top = partsOf(id)?.top
  const others = kinds.flatMap((kind): readonly Resource[] => world[kind]).filter((one) => !isSame(one.id, top))
  return others.flatMap((one) =>
    partsWithin(one)
      .filter(({ refersTo }) => refersTo.some((to) => isSame(to, id)))
      .map((part) => part.id),
  )
}

interface Part {
  readonly id: string
  readonly refersTo: readonly string[]
}

function partsWithin({ id, properties }: Resource): readonly Part[] {
  return Object.values(properties).flatMap((value): readonly Part[] => {
    if (!Array.isArray(value)) return [{ id, refersTo: referencesIn(value) }]
    return (value as readonly Json[])
      .filter((item) => isFields(item))
      .map((item) => {
        const own = item['id']
        return { id: typeof own === 'string' ? own : id, refersTo: referencesIn(item['properties']) }
      })
  })
}

const bare = (id: string): Reference => ({ id })

/** What the service says of a resource besides what was written there: who refers to it. */
export function backReferences(world: World, id: string): Fields {
  const { kind = '', list = '' } = partsOf(id) ?? {}
  const users = usersOf(world, id)
  const path = `${kind}/${list}`.toLowerCase()
  if (path === 'routetables/') return { subnets: users.map(bare) }
  if (path === 'virtualnetworks/subnets') return { ipConfigurations: users.map(bare) }
  const [first] = users
  return path === 'publicipaddresses/' && first !== undefined ? { ipConfiguration: bare(first) } : {}
}

/** What the service says of a part of a load balancer: which rules use it, and for a pool who is in it by its interface. */
export function partsUsed(world: World, balancer: LoadBalancer, list: string, child: Child): Fields {
  const rules = balancer.properties.loadBalancingRules.filter(({ properties }) =>
    referencesIn(properties).some((to) => isSame(to, child.id)),
  )
  const loadBalancingRules = rules.map(({ id }) => bare(id))
  if (list === 'frontendIPConfigurations' || list === 'probes') return { loadBalancingRules }
  if (list !== 'backendAddressPools') return {}
  const members = membersOf(world.networkInterfaces, child.id)
  const addresses = child.properties['loadBalancerBackendAddresses']
  return {
    loadBalancingRules,
    backendIPConfigurations: members.map(bare),
    loadBalancerBackendAddresses: [
      ...(Array.isArray(addresses) ? (addresses as readonly Json[]) : []),
      ...members.map((id) => ({
        name: id.split('/').slice(-3).join('_').toLowerCase(),
        properties: { networkInterfaceIPConfiguration: bare(id) },
      })),
    ],
  }
}

/** The ids of the ipConfigurations that have joined a pool. */
export function membersOf(interfaces: readonly NetworkInterface[], pool: string): readonly string[] {
  return interfaces.flatMap(({ properties }) =>
    properties.ipConfigurations
      .filter((one) => one.properties.loadBalancerBackendAddressPools?.some(({ id }) => isSame(id, pool)))
      .map(({ id }) => id),
  )
}
