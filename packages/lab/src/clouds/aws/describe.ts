import type { Fields } from './contract.ts'
import { Ec2Fault } from './fault.ts'
import { addressFields, instanceFields, interfaceFields, subnetFields, tableFields, vpcFields } from './fields.ts'
import { filtersIn, keptBy } from './filters.ts'
import type { Facets } from './filters.ts'
import { facetsOfAddress, facetsOfInstance, facetsOfInterface, facetsOfSubnet, facetsOfTable, facetsOfVpc } from './facets.ts'
import { found } from './world.ts'
import type { World } from './world.ts'
import { listIn, textIn, texts } from './input.ts'

interface Listing<Item> {
  readonly items: readonly Item[]
  readonly facets: (item: Item, world: World) => Facets
  readonly fields: (item: Item, world: World) => Fields
}

/** Ids are looked up one by one, and one that is unknown fails the whole call; filters only leave things out. */
function list<Kind extends 'vpcs' | 'subnets' | 'tables' | 'interfaces' | 'instances' | 'addresses'>(
  kind: Kind,
  { world, input, ids, resultKey }: { readonly world: World; readonly input: Fields; readonly ids: string; readonly resultKey: string },
  { facets, fields }: Omit<Listing<World[Kind][number]>, 'items'>,
): Fields {
  const named = listIn(input, ids)
  const items = named.length > 0 ? named.map((id) => found(world, kind, id)) : (world[kind] as readonly World[Kind][number][])
  const filters = filtersIn(input)
  const kept = items.filter((item) => keptBy(filters, facets(item, world)))
  const { page, token } = pageOf(kept, input)
  return { [resultKey]: page.map((item) => fields(item, world)), ...(token === null ? {} : { NextToken: token }) }
}

export const describeVpcs = (world: World, input: Fields): Fields =>
  list('vpcs', { world, input, ids: 'VpcIds', resultKey: 'Vpcs' }, { facets: facetsOfVpc, fields: vpcFields })

export const describeSubnets = (world: World, input: Fields): Fields =>
  list('subnets', { world, input, ids: 'SubnetIds', resultKey: 'Subnets' }, { facets: facetsOfSubnet, fields: subnetFields })

export const describeTables = (world: World, input: Fields): Fields =>
  list('tables', { world, input, ids: 'RouteTableIds', resultKey: 'RouteTables' }, { facets: facetsOfTable, fields: tableFields })

export const describeInterfaces = (world: World, input: Fields): Fields =>
  list(
    'interfaces',
    { world, input, ids: 'NetworkInterfaceIds', resultKey: 'NetworkInterfaces' },
    { facets: facetsOfInterface, fields: interfaceFields },
  )

export const describeAddresses = (world: World, input: Fields): Fields =>
  list('addresses', { world, input, ids: 'AllocationIds', resultKey: 'Addresses' }, { facets: facetsOfAddress, fields: addressFields })

/** Each instance was asked for by itself, and so has a reservation of its own. */
export function describeInstances(world: World, input: Fields): Fields {
  const all = list(
    'instances',
    { world, input, ids: 'InstanceIds', resultKey: 'Instances' },
    { facets: facetsOfInstance, fields: instanceFields },
  )
  const { Instances: instances = [], ...rest } = all
  const reservations = (instances as readonly Fields[]).map((one) => ({
    ReservationId: textIn(one, 'InstanceId').replace(/^i-/, 'r-'),
    OwnerId: world.account,
    Instances: [one],
  }))
  return { ...rest, Reservations: reservations }
}

const FEWEST = 5
const MOST = 1000

/** A page is as long as was asked for; the token says where the next one begins. */
function pageOf<Item>(items: readonly Item[], input: Fields): { readonly page: readonly Item[]; readonly token: string | null } {
  const { NextToken: token } = texts(input)
  const asked = input['MaxResults']
  const from = token === undefined ? 0 : Number(/^page-(\d+)$/.exec(token)?.[1] ?? Number.NaN)
  if (!Number.isSafeInteger(from) || from > items.length) throw new Ec2Fault('InvalidNextToken', `The token '${token}' is invalid`)
  const size = typeof asked === 'number' ? Math.min(Math.max(asked, FEWEST), MOST) : MOST
  const page = items.slice(from, from + size)
  return { page, token: from + size < items.length ? `page-${from + size}` : null }
}
