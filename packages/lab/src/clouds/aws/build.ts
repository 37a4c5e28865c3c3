import { newId } from './world.ts'
import type { Instance, Interface, RouteTable, Subnet, Tags, Vpc, World } from './world.ts'

// What a scenario starts from. Each function adds one thing to the world and returns it.

export function addVpc(
  world: World,
  { cidr, ipv6Cidr, tags = {} }: { readonly cidr: string; readonly ipv6Cidr?: string; readonly tags?: Tags },
): Vpc {
  const vpc: Vpc = { id: newId(world, 'vpc'), cidr, tags, ...(ipv6Cidr === undefined ? {} : { ipv6Cidr }) }
  world.vpcs.push(vpc)
  addTable(world, vpc, { main: true })
  return vpc
}

interface SubnetWanted {
  readonly zone: string
  readonly cidr: string
  readonly ipv6Cidr?: string
  readonly tags?: Tags
}

export function addSubnet(world: World, vpc: Vpc, { zone, cidr, ipv6Cidr, tags = {} }: SubnetWanted): Subnet {
  const subnet: Subnet = { id: newId(world, 'subnet'), vpc: vpc.id, zone, cidr, tags, ...(ipv6Cidr === undefined ? {} : { ipv6Cidr }) }
  world.subnets.push(subnet)
  return subnet
}

interface TableWanted {
  readonly main?: boolean
  readonly subnets?: readonly Subnet[]
  readonly tags?: Tags
}

/** A table begins with the routes to all of its VPC. */
export function addTable(world: World, vpc: Vpc, { main = false, subnets = [], tags = {} }: TableWanted): RouteTable {
  const local = [vpc.cidr, vpc.ipv6Cidr].filter((cidr) => cidr !== undefined)
  const routes = local.map((destination) => ({ destination, origin: 'CreateRouteTable' as const, target: { kind: 'local' as const } }))
  const table: RouteTable = { id: newId(world, 'rtb'), vpc: vpc.id, main, subnets: subnets.map(({ id }) => id), tags, routes }
  world.tables.push(table)
  return table
}

export function addInstance(world: World, tags: Tags = {}): Instance {
  const instance: Instance = { id: newId(world, 'i'), tags, state: 'running' }
  world.instances.push(instance)
  return instance
}

interface InterfaceWanted {
  readonly primary: string
  readonly deviceIndex?: number
  readonly mac?: string
  readonly sourceDestCheck?: boolean
}

export function addInterface(world: World, subnet: Subnet, instance: Instance, wanted: InterfaceWanted): Interface {
  const id = newId(world, 'eni')
  const mac = wanted.mac ?? `0a:00:00:00:00:${world.interfaces.length.toString(16).padStart(2, '0')}`
  const { primary, deviceIndex = 0, sourceDestCheck = true } = wanted
  const own: Interface = {
    id,
    subnet: subnet.id,
    mac,
    instance: instance.id,
    deviceIndex,
    primary,
    sourceDestCheck,
    tags: {},
    secondaries: [],
    ipv6: [],
  }
  world.interfaces.push(own)
  return own
}
