import type { Fields } from './contract.ts'
import { instanceOf, isBlackhole } from './facets.ts'
import { found } from './world.ts'
import type { Address, Instance, Interface, Route, RouteTable, Subnet, Tags, Vpc, World } from './world.ts'

// How each kind of thing is answered, in the vendor's own fields.

const stateCodes = { running: 16, stopped: 80 } as const

function tagFields(tags: Tags): readonly Fields[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
}

export function vpcFields({ id, cidr, ipv6Cidr, tags }: Vpc, { account }: World): Fields {
  const six =
    ipv6Cidr === undefined ? [] : [{ AssociationId: `${id}-six`, Ipv6CidrBlock: ipv6Cidr, Ipv6CidrBlockState: { State: 'associated' } }]
  const four = [{ AssociationId: `${id}-four`, CidrBlock: cidr, CidrBlockState: { State: 'associated' } }]
  return {
    VpcId: id,
    CidrBlock: cidr,
    OwnerId: account,
    State: 'available',
    IsDefault: false,
    Tags: tagFields(tags),
    CidrBlockAssociationSet: four,
    Ipv6CidrBlockAssociationSet: six,
  }
}

export function subnetFields({ id, vpc, zone, cidr, ipv6Cidr, tags }: Subnet, { account }: World): Fields {
  const six =
    ipv6Cidr === undefined ? [] : [{ AssociationId: `${id}-six`, Ipv6CidrBlock: ipv6Cidr, Ipv6CidrBlockState: { State: 'associated' } }]
  return {
    SubnetId: id,
    VpcId: vpc,
    AvailabilityZone: zone,
    CidrBlock: cidr,
    OwnerId: account,
    State: 'available',
    Tags: tagFields(tags),
    Ipv6CidrBlockAssociationSet: six,
  }
}

export function tableFields({ id, vpc, main, subnets, routes, tags }: RouteTable, world: World): Fields {
  const association = (suffix: string): Fields => ({
    RouteTableAssociationId: `${id.replace('rtb', 'rtbassoc')}-${suffix}`,
    RouteTableId: id,
    AssociationState: { State: 'associated' },
  })
  const own = subnets.map((subnet) => ({ ...association(subnet), Main: false, SubnetId: subnet }))
  return {
    RouteTableId: id,
    VpcId: vpc,
    OwnerId: world.account,
    Tags: tagFields(tags),
    Associations: [...(main ? [{ ...association('main'), Main: true }] : []), ...own],
    Routes: routes.map((route) => routeFields(route, world)),
  }
}

function routeFields({ destination, origin, target }: Route, world: World): Fields {
  const to = destination.includes(':') ? { DestinationIpv6CidrBlock: destination } : { DestinationCidrBlock: destination }
  if (target.kind === 'local') return { ...to, Origin: origin, GatewayId: 'local', State: 'active' }
  if (target.kind === 'gateway') return { ...to, Origin: origin, GatewayId: target.id, State: 'active' }
  const instance = instanceOf(target.id, world)
  return {
    ...to,
    Origin: origin,
    NetworkInterfaceId: target.id,
    State: isBlackhole(target.id, world) ? 'blackhole' : 'active',
    ...(instance === undefined ? {} : { InstanceId: instance, InstanceOwnerId: world.account }),
  }
}

export function interfaceFields(own: Interface, world: World): Fields {
  const { vpc, zone } = found(world, 'subnets', own.subnet)
  const association = (privateIp: string): Fields => associationFields(own, privateIp, world)
  const address = (ip: string): Fields => ({ PrivateIpAddress: ip, Primary: ip === own.primary, ...association(ip) })
  const attachment =
    own.instance === null
      ? {}
      : {
          Attachment: {
            AttachmentId: own.id.replace('eni', 'eni-attach'),
            DeviceIndex: own.deviceIndex,
            InstanceId: own.instance,
            InstanceOwnerId: world.account,
            Status: 'attached',
          },
        }
  return {
    NetworkInterfaceId: own.id,
    SubnetId: own.subnet,
    VpcId: vpc,
    AvailabilityZone: zone,
    OwnerId: world.account,
    MacAddress: own.mac,
    SourceDestCheck: own.sourceDestCheck,
    Status: own.instance === null ? 'available' : 'in-use',
    InterfaceType: 'interface',
    TagSet: tagFields(own.tags),
    PrivateIpAddress: own.primary,
    PrivateIpAddresses: [own.primary, ...own.secondaries].map(address),
    Ipv6Addresses: own.ipv6.map((ip) => ({ Ipv6Address: ip })),
    ...association(own.primary),
    ...attachment,
  }
}

function associationFields({ id }: Interface, privateIp: string, { addresses, account }: World): Fields {
  const elastic = addresses.find(({ association }) => association?.interface === id && association.privateIp === privateIp)
  if (elastic === undefined) return {}
  const { id: allocation, publicIp, association } = elastic
  return { Association: { AllocationId: allocation, AssociationId: association?.id ?? '', PublicIp: publicIp, IpOwnerId: account } }
}

export function instanceFields({ id, state, tags }: Instance, world: World): Fields {
  const own = world.interfaces.filter(({ instance }) => instance === id).toSorted((one, other) => one.deviceIndex - other.deviceIndex)
  const [first] = own
  const where =
    first === undefined
      ? {}
      : {
          SubnetId: first.subnet,
          VpcId: found(world, 'subnets', first.subnet).vpc,
          PrivateIpAddress: first.primary,
          SourceDestCheck: first.sourceDestCheck,
        }
  return {
    InstanceId: id,
    State: { Code: stateCodes[state], Name: state },
    Tags: tagFields(tags),
    ...where,
    NetworkInterfaces: own.map((one) => ({
      NetworkInterfaceId: one.id,
      SubnetId: one.subnet,
      VpcId: found(world, 'subnets', one.subnet).vpc,
      MacAddress: one.mac,
      OwnerId: world.account,
      SourceDestCheck: one.sourceDestCheck,
      Status: 'in-use',
      PrivateIpAddress: one.primary,
      PrivateIpAddresses: [one.primary, ...one.secondaries].map((ip) => ({ PrivateIpAddress: ip, Primary: ip === one.primary })),
      Ipv6Addresses: one.ipv6.map((ip) => ({ Ipv6Address: ip })),
      Attachment: { DeviceIndex: one.deviceIndex, Status: 'attached' },
    })),
  }
}

export function addressFields({ id, publicIp, tags, association }: Address, world: World): Fields {
  const base = {
    AllocationId: id,
    PublicIp: publicIp,
    Domain: 'vpc',
    Tags: tagFields(tags),
    NetworkBorderGroup: world.region,
    PublicIpv4Pool: 'amazon',
  }
  if (association === null) return base
  const instance = instanceOf(association.interface, world)
  return {
    ...base,
    AssociationId: association.id,
    NetworkInterfaceId: association.interface,
    NetworkInterfaceOwnerId: world.account,
    PrivateIpAddress: association.privateIp,
    ...(instance === undefined ? {} : { InstanceId: instance }),
  }
}
