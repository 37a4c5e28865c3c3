import type { Host } from '../../network/host.ts'
import { CLIENT } from '../../network/host.ts'
import { addInstance, addInterface, addSubnet, addTable, addVpc } from './build.ts'
import type { Port, Ports } from './packets.ts'
import { emptyWorld } from './world.ts'
import type { Interface, World } from './world.ts'

/** Where the control plane and the metadata are reached from inside the VPC. */
export const API = '10.0.0.2'
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
  readonly hosts: readonly VpcHost[]
  readonly ports: Ports
}

const ZONES = ['a', 'b', 'c']
/** The client's subnet, beside those of the zones. */
const CLIENT_SUBNET = 9

/** One VPC with a subnet and a table for each zone, over which the nodes are spread, and one of each for the client. */
export function planVpc(prefix: string, nodes: readonly string[], zoneCount = ZONES.length): VpcPlan {
  const region = 'eu-west-1'
  const world = emptyWorld(region)
  const vpc = addVpc(world, { cidr: '10.0.0.0/16', ipv6Cidr: 'fd00:10::/56', tags: { Name: 'lab' } })
  const subnetOf = (number: number, zone: string): { readonly id: string } => {
    const subnet = addSubnet(world, vpc, { zone: `${region}${zone}`, cidr: `10.0.${number}.0/24`, ipv6Cidr: `fd00:10:0:${number}::/64` })
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
    const mac = `02:00:00:0a:${number.toString(16).padStart(2, '0')}:${last.toString(16).padStart(2, '0')}`
    const ipv4 = `10.0.${number}.${last}`
    const own = addInterface(world, subnet, addInstance(world, { Name: name }), { primary: ipv4, mac, sourceDestCheck: isClient })
    const ipv6 = `fd00:10:0:${number}::${last}`
    own.ipv6.push(ipv6)
    return { name, namespace: `${prefix}-${name}`, port: `p-${name}`, mac, ipv4, ipv6, interface: own, router: `10.0.${number}.1` }
  }
  const hosts = [...nodes, CLIENT].map(plan)
  const ports = new Map(hosts.map(({ interface: { id }, port, mac }): [string, Port] => [id, { device: port, mac }]))
  return { world, hosts, ports }
}
