import type { Host } from '../../network/host.ts'
import { CLIENT } from '../../network/host.ts'
import { addInstance, addInterface, addSubnet, addTable, addVpc } from './build.ts'
import type { Port, Ports } from './packets.ts'
import { emptyWorld } from './world.ts'
import type { Interface, World } from './world.ts'

/** Where instances ask about themselves. */
/** Where roles are taken on, at the address of the control plane. */
export const STS_PORT = 81
export const METADATA = '169.254.169.254'
/** A host in the internet, and the block in which Elastic IPs lie. */
export const OUTSIDE = 'outside'
export const OUTSIDE_ADDRESS = '198.51.100.100'
export const PUBLIC_BLOCK = '203.0.113.0/24'

/** A host of the VPC: an instance with one interface. */
export interface VpcHost extends Host {
  readonly interface: Interface
  /** The address of the router in its subnet. */
  readonly router: string
}

export interface VpcPlan {
  readonly world: World
  /** Its ranges, of both families. */
  readonly ranges: readonly [ipv4: string, ipv6: string]
  /** Where the control plane is reached from inside. */
  readonly api: string
  readonly hosts: readonly VpcHost[]
  readonly ports: Ports
}

const ZONES = ['a', 'b', 'c']
/** The client's subnet, beside those of the zones. */
const CLIENT_SUBNET = 9

export interface VpcShape {
  readonly nodes: readonly string[]
  /** Over so many zones the nodes are spread. */
  readonly zones?: number
  /** x in 10.x.0.0/16: VPCs that are joined must not overlap. */
  readonly number?: number
}

/** One VPC with a subnet and a table for each zone, over which the nodes are spread, and one of each for the client. */
export function planVpc(prefix: string, { nodes, zones: zoneCount = ZONES.length, number: block = 0 }: VpcShape): VpcPlan {
  const region = 'eu-west-1'
  const world = emptyWorld(region)
  const ranges = [`10.${block}.0.0/16`, `fd00:10:0:${block.toString(16)}00::/56`] as const
  const vpc = addVpc(world, { cidr: ranges[0], ipv6Cidr: ranges[1], tags: { Name: 'lab' } })
  const sixOf = (subnet: number): string => `fd00:10:0:${((block << 8) | subnet).toString(16)}`
  const subnetOf = (number: number, zone: string): { readonly id: string } => {
    const subnet = addSubnet(world, vpc, {
      zone: `${region}${zone}`,
      cidr: `10.${block}.${number}.0/24`,
      ipv6Cidr: `${sixOf(number)}::/64`,
    })
    const table = addTable(world, vpc, { subnets: [subnet], tags: { movip: 'lab' } })
    table.routes.push({ destination: '0.0.0.0/0', origin: 'CreateRoute', target: { kind: 'gateway', id: 'igw-1' } })
    return subnet
  }
  const zones = ZONES.map((zone, index) => subnetOf(index + 1, zone))
  const clients = subnetOf(CLIENT_SUBNET, 'a')
  const plan = (name: string, index: number): VpcHost => {
    const isClient = name === CLIENT
    const zone = index % zoneCount
    const number = isClient ? CLIENT_SUBNET : zone + 1
    const last = isClient ? 100 : 10 + index
    const subnet = world.subnets.find(({ id }) => id === (isClient ? clients.id : zones[zone]?.id))
    if (subnet === undefined) throw new Error('invariant: a subnet that was planned is there')
    const mac = `02:00:00:${hex(0x0a + block)}:${number.toString(16).padStart(2, '0')}:${last.toString(16).padStart(2, '0')}`
    const ipv4 = `10.${block}.${number}.${last}`
    const own = addInterface(world, subnet, addInstance(world, { Name: name }), { primary: ipv4, mac, sourceDestCheck: isClient })
    const ipv6 = `${sixOf(number)}::${last}`
    own.ipv6.push(ipv6)
    return { name, namespace: `${prefix}-${name}`, port: `p-${name}`, mac, ipv4, ipv6, interface: own, router: `10.${block}.${number}.1` }
  }
  const hosts = [...nodes, CLIENT].map(plan)
  const ports = new Map(hosts.map(({ interface: { id }, port, mac }): [string, Port] => [id, { device: port, mac }]))
  return { world, ranges, api: `10.${block}.0.2`, hosts, ports }
}

function hex(number: number): string {
  return number.toString(16).padStart(2, '0')
}
