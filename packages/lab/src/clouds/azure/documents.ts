import { isFields } from './contract.ts'
import type { Fields, Json } from './contract.ts'
import { isSame, partsOf } from './ids.ts'
import { backReferences, partsUsed } from './references.ts'
import { childrenOf, resourceOf } from './world.ts'
import type { Child, Kind, LoadBalancer, Resource, World } from './world.ts'

/** The lists of named parts that a resource has; each part has an id of its own. */
export const parts: Readonly<Record<Kind, readonly string[]>> = {
  virtualNetworks: ['subnets'],
  routeTables: ['routes'],
  networkInterfaces: ['ipConfigurations'],
  publicIPAddresses: [],
  loadBalancers: [
    'frontendIPConfigurations',
    'backendAddressPools',
    'probes',
    'loadBalancingRules',
    'inboundNatRules',
    'inboundNatPools',
    'outboundRules',
  ],
  networkSecurityGroups: [],
}

/** What a read tells of a resource. */
export function documentOf(world: World, kind: Kind, resource: Resource): Fields {
  const { id, name, location, etag, more, properties, state } = resource
  const lists = parts[kind].filter((list) => properties[list] !== undefined)
  return {
    id,
    name,
    type: `Microsoft.Network/${kind}`,
    etag,
    location,
    ...more,
    properties: {
      ...properties,
      ...Object.fromEntries(
        lists.map((list) => [list, childrenOf(resource, list).map((child) => childDocument(world, { kind, resource, list, child }))]),
      ),
      ...backReferences(world, id),
      provisioningState: state,
    },
  }
}

interface ChildPlace {
  readonly kind: Kind
  readonly resource: Resource
  readonly list: string
  readonly child: Child
}

/** A part has the etag and the state of its whole: they are written as one. */
export function childDocument(world: World, { kind, resource, list, child }: ChildPlace): Fields {
  const used = kind === 'loadBalancers' ? partsUsed(world, resource as LoadBalancer, list, child) : {}
  return {
    ...child,
    type: `Microsoft.Network/${kind}/${list}`,
    etag: resource.etag,
    properties: { ...child.properties, ...backReferences(world, child.id), ...used, provisioningState: resource.state },
  }
}

/** What a read with `$expand` tells: what is referred to at this place stands there whole. */
export function expanded(world: World, document: Json, path: readonly string[]): Json {
  const [name, ...rest] = path
  if (Array.isArray(document)) return (document as readonly Json[]).map((item) => expanded(world, item, path))
  if (!isFields(document)) return document
  if (name === undefined) return referredDocument(world, document)
  const inside = isFields(document['properties']) ? document['properties'] : {}
  const [found, value] = Object.entries(inside).find(([one]) => isSame(one, name)) ?? []
  if (found === undefined || value === undefined) return document
  return { ...document, properties: { ...inside, [found]: expanded(world, value, rest) } }
}

function referredDocument(world: World, reference: Fields): Fields {
  const id = reference['id']
  const { kind, list } = typeof id === 'string' ? (partsOf(id) ?? {}) : {}
  const resource = typeof id === 'string' ? resourceOf(world, id) : undefined
  const known = (Object.keys(parts) as Kind[]).find((one) => isSame(one, kind))
  return resource === undefined || known === undefined || list !== undefined ? reference : documentOf(world, known, resource)
}
