import type { Facets } from './filters.ts'
import { found, isAlive } from './world.ts'
import type { Address, Instance, Interface, RouteTable, Subnet, Tags, Vpc, World } from './world.ts'

// What each kind of thing can be filtered by. The names are Amazon's.

function tagged(tags: Tags): Facets {
  const entries = Object.entries(tags)
  return { 'tag-key': entries.map(([key]) => key), ...Object.fromEntries(entries.map(([key, value]) => [`tag:${key}`, [value]])) }
}

export function facetsOfVpc({ id, cidr, ipv6Cidr, tags }: Vpc, { account }: World): Facets {
  return {
    ...tagged(tags),
    'vpc-id': [id],
    cidr: [cidr],
    'ipv6-cidr-block-association.ipv6-cidr-block': present(ipv6Cidr),
    'owner-id': [account],
  }
}

export function facetsOfSubnet({ id, vpc, zone, cidr, tags }: Subnet, { account }: World): Facets {
  return { ...tagged(tags), 'subnet-id': [id], 'vpc-id': [vpc], 'availability-zone': [zone], 'cidr-block': [cidr], 'owner-id': [account] }
}

export function facetsOfTable({ id, vpc, main, subnets, routes, tags }: RouteTable, world: World): Facets {
  const cidrs = routes.map(({ destination }) => destination)
  return {
    ...tagged(tags),
    'route-table-id': [id],
    'vpc-id': [vpc],
    'owner-id': [world.account],
    'association.main': [String(main)],
    'association.subnet-id': subnets,
    'association.route-table-id': [id],
    'route.destination-cidr-block': cidrs.filter((cidr) => !cidr.includes(':')),
    'route.destination-ipv6-cidr-block': cidrs.filter((cidr) => cidr.includes(':')),
    'route.instance-id': routes.flatMap(({ target }) => (target.kind === 'interface' ? present(instanceOf(target.id, world)) : [])),
    'route.state': routes.map(({ target }) => (target.kind === 'interface' && isBlackhole(target.id, world) ? 'blackhole' : 'active')),
  }
}

/** A route to an interface through which nothing can come. */
export function isBlackhole(id: string, world: World): boolean {
  const own = world.interfaces.find((known) => known.id === id)
  return own === undefined || !isAlive(world, own)
}

export function instanceOf(id: string, { interfaces }: World): string | undefined {
  return interfaces.find((known) => known.id === id)?.instance ?? undefined
}

export function facetsOfInterface(own: Interface, world: World): Facets {
  const { vpc, zone } = found(world, 'subnets', own.subnet)
  const elastic = world.addresses.filter(({ association }) => association?.interface === own.id)
  return {
    ...tagged(own.tags),
    'network-interface-id': [own.id],
    'subnet-id': [own.subnet],
    'vpc-id': [vpc],
    'availability-zone': [zone],
    'owner-id': [world.account],
    'mac-address': [own.mac],
    'attachment.instance-id': present(own.instance ?? undefined),
    'private-ip-address': [own.primary],
    'addresses.private-ip-address': [own.primary, ...own.secondaries],
    'ipv6-addresses.ipv6-address': own.ipv6,
    'association.allocation-id': elastic.map(({ id }) => id),
    'source-dest-check': [String(own.sourceDestCheck)],
  }
}

export function facetsOfInstance({ id, state, tags }: Instance, world: World): Facets {
  const own = world.interfaces.filter(({ instance }) => instance === id)
  const subnets = own.map(({ subnet }) => found(world, 'subnets', subnet))
  return {
    ...tagged(tags),
    'instance-id': [id],
    'instance-state-name': [state],
    'subnet-id': subnets.map((subnet) => subnet.id),
    'vpc-id': subnets.map(({ vpc }) => vpc),
    'availability-zone': subnets.map(({ zone }) => zone),
    'private-ip-address': own.map(({ primary }) => primary),
    'network-interface.network-interface-id': own.map((one) => one.id),
  }
}

export function facetsOfAddress({ id, publicIp, tags, association }: Address, world: World): Facets {
  return {
    ...tagged(tags),
    'allocation-id': [id],
    'public-ip': [publicIp],
    'association-id': present(association?.id),
    'network-interface-id': present(association?.interface),
    'private-ip-address': present(association?.privateIp),
    'instance-id': association === null ? [] : present(instanceOf(association.interface, world)),
  }
}

function present(text: string | undefined): readonly string[] {
  return text === undefined ? [] : [text]
}
