import { isFields, resolved, schemaOf } from './contract.ts'
import type { Fields, Json } from './contract.ts'
import { parts } from './documents.ts'
import { ArmFault } from './fault.ts'
import { isSame } from './ids.ts'
import { completedBalancer } from './load-balancers.ts'
import { completedInterface } from './network-interfaces.ts'
import { withBareReferences } from './references.ts'
import { checkRouteTable } from './route-tables.ts'
import { newEtag } from './world.ts'
import type { Child, Kind, LoadBalancer, NetworkInterface, Resource, RouteTable, World } from './world.ts'

/** The type of each kind in the contract. */
const types: Readonly<Record<Kind, string>> = {
  virtualNetworks: 'VirtualNetwork',
  routeTables: 'RouteTable',
  networkInterfaces: 'NetworkInterface',
  publicIPAddresses: 'PublicIPAddress',
  loadBalancers: 'LoadBalancer',
  networkSecurityGroups: 'NetworkSecurityGroup',
}

/** A document as somebody wants it. */
export interface Wanted {
  readonly kind: Kind
  readonly id: string
  readonly name: string
  readonly body: Fields
  readonly existing: Resource | undefined
}

/**
 * What a resource would be after a write: all of it is what was asked for, and nothing that was left out stays, but what only the
 * service says. Throws `ArmFault` where that is not to be had; nothing has changed.
 */
export function drafted(world: World, { kind, id, name, body, existing }: Wanted): Resource {
  const { location, properties, id: _, ...more } = body
  if (typeof location !== 'string') throw new ArmFault('LocationRequired', 'The location property is required for this definition.')
  if (existing !== undefined && !isSame(existing.location, location))
    throw new ArmFault(
      'InvalidResourceLocation',
      `The resource '${name}' already exists in location '${existing.location}'. A resource with the same name cannot be created in location '${location}'.`,
    )
  const written = isFields(properties) ? properties : {}
  const lists = Object.fromEntries(parts[kind].map((list) => [list, childrenAsked(id, list, written[list])]))
  const draft: Resource = {
    id,
    name,
    location,
    more: more as Fields,
    etag: newEtag(world),
    state: 'Updating',
    properties: { ...saidByService(kind, existing), ...(withBareReferences(written) as Fields), ...lists },
    applied: existing?.applied ?? null,
  }
  draft.properties = completed(world, kind, draft, existing)
  return draft
}

function childrenAsked(id: string, list: string, value: Json | undefined): readonly Child[] {
  const given = Array.isArray(value) ? (value as readonly Json[]).filter((item) => isFields(item)) : []
  const children = given.map((item): Child => {
    const { name, properties, id: _, ...more } = item
    if (typeof name !== 'string' || !/^[\w.-]{1,80}$/.test(name))
      throw new ArmFault('InvalidResourceName', `Resource name ${typeof name === 'string' ? name : ''} is invalid.`)
    return { ...more, id: `${id}/${list}/${name}`, name, properties: (withBareReferences(properties ?? {}) as Fields) ?? {} }
  })
  const twice = children.find((one, index) => children.slice(0, index).some((other) => isSame(one.name, other.name)))
  if (twice === undefined) return children
  throw new ArmFault('InvalidRequestFormat', 'Cannot parse the request.', {
    details: [{ code: 'DuplicateResourceName', message: `Resource ${id} has two child resources with the same name (${twice.name}).` }],
  })
}

/** What a write cannot take away, since a client cannot write it. */
function saidByService(kind: Kind, existing: Resource | undefined): Fields {
  const { properties = {} } = resolved(schemaOf(types[kind]).properties?.['properties'] ?? {})
  const kept = Object.entries(existing?.properties ?? {}).filter(([name]) => properties[name]?.readOnly === true)
  return Object.fromEntries(kept)
}

function completed(world: World, kind: Kind, draft: Resource, existing: Resource | undefined): Fields {
  switch (kind) {
    case 'routeTables':
      checkRouteTable(draft as RouteTable)
      return { disableBgpRoutePropagation: false, ...draft.properties }
    case 'networkInterfaces':
      return completedInterface(world, draft as NetworkInterface)
    case 'loadBalancers':
      return completedBalancer(world, draft as LoadBalancer)
    case 'publicIPAddresses':
      return completedPublicAddress(world, draft, existing)
    case 'virtualNetworks':
    case 'networkSecurityGroups':
      throw new Error(`invariant: ${kind} are not written through the contract`)
  }
}

/** The address is the service's choice, and stays. */
function completedPublicAddress(world: World, { properties }: Resource, existing: Resource | undefined): Fields {
  const defaults = { publicIPAllocationMethod: 'Static', publicIPAddressVersion: 'IPv4', idleTimeoutInMinutes: 4 }
  return { ...defaults, ...properties, ipAddress: existing?.properties['ipAddress'] ?? nextPublicAddress(world) }
}

export function nextPublicAddress({ publicIPAddresses }: World): string {
  const used = publicIPAddresses.map(({ properties }) => properties.ipAddress)
  for (let last = 1; last < 255; last += 1) if (!used.includes(`203.0.113.${last}`)) return `203.0.113.${last}`
  throw new ArmFault('PublicIPCountLimitReached', 'Cannot create more than 254 public IP addresses for this subscription in this region.')
}
