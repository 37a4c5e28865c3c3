import { planAddresses } from '../network/plan.ts'
import type { CloudHost, CloudPlan } from '../network/plan.ts'
import { addInstance, addInterface, addSubnet, addTable, addVpc } from './build.ts'
import type { Ports } from './fabric.ts'
import { emptyWorld } from './world.ts'
import type { Interface, World } from './world.ts'

/** Where roles are taken on, at the address of the control plane. */
export const STS_PORT = 81

/** A host of the VPC: an instance with one interface. */
export interface VpcHost extends CloudHost {
  readonly interface: Interface
}

export interface VpcPlan extends CloudPlan {
  readonly world: World
  readonly ranges: readonly [ipv4: string, ipv6: string]
  readonly hosts: readonly VpcHost[]
  readonly ports: Ports
}

const ZONES = ['a', 'b', 'c']

export interface VpcShape {
  readonly nodes: readonly string[]
  /** Over so many zones the nodes are spread. */
  readonly zones?: number
  readonly number?: number
}

/** One VPC with a subnet and a table for each zone, over which the nodes are spread, and one of each for the client. */
export function planVpc(prefix: string, { nodes, zones = ZONES.length, number = 0 }: VpcShape): VpcPlan {
  const planned = planAddresses(prefix, { nodes, subnets: zones, number }, ZONES.length)
  const region = 'eu-west-1'
  const world = emptyWorld(region)
  const [cidr, ipv6Cidr] = planned.ranges
  const vpc = addVpc(world, { cidr, ipv6Cidr, tags: { Name: 'lab' } })
  const subnets = planned.subnets.map((block, index) => {
    const subnet = addSubnet(world, vpc, { zone: `${region}${ZONES[index] ?? 'a'}`, cidr: block.ipv4, ipv6Cidr: block.ipv6 })
    const table = addTable(world, vpc, { subnets: [subnet], tags: { movip: 'lab' } })
    table.routes.push({ destination: '0.0.0.0/0', origin: 'CreateRoute', target: { kind: 'gateway', id: 'igw-1' } })
    return subnet
  })
  const hosts = planned.hosts.map(({ subnet: index, isClient, ...host }): VpcHost => {
    const subnet = subnets[index]
    if (subnet === undefined) throw new Error('invariant: a subnet that was planned is there')
    const instance = addInstance(world, { Name: host.name })
    const own = addInterface(world, subnet, instance, { primary: host.ipv4, mac: host.mac, sourceDestCheck: isClient })
    own.ipv6.push(host.ipv6)
    return { ...host, table: index, interface: own }
  })
  const ports = new Map(hosts.map(({ interface: { id }, port }): [string, string] => [id, port]))
  return { world, ranges: planned.ranges, api: planned.api, hosts, ports }
}
