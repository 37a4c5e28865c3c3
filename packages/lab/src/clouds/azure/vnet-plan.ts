import { planAddresses } from '../network/plan.ts'
import type { CloudHost, CloudPlan } from '../network/plan.ts'
import { addInterface, addLoadBalancer, addMachine, addPublicAddress, addRouteTable, addVirtualNetwork } from './build.ts'
import { emptyWorld } from './world.ts'
import type { Machine, NetworkInterface, PublicAddress, Subnet, World } from './world.ts'

/** A host of the virtual network: a machine with one interface. */
export interface VnetHost extends CloudHost {
  readonly machine: Machine
  readonly interface: NetworkInterface
}

export interface VnetPlan extends CloudPlan {
  readonly world: World
  readonly hosts: readonly VnetHost[]
  /** The address in front of the load balancer, in the nodes' subnet. */
  readonly frontend: string
  /** A public IP that stands for nothing so far. */
  readonly publicAddress: PublicAddress
  /** Ranges of other sites, to which the gateway of the virtual network leads. */
  readonly joined: string[]
}

export interface VnetShape {
  readonly nodes: readonly string[]
  readonly number?: number
  /** How the load balancer asks the nodes; absent: every five seconds on port 8080, and once is enough. */
  readonly probe?: { readonly port: number; readonly path?: string; readonly intervalS?: number; readonly threshold?: number }
}

const AZURE_GROUP = 'lab'
/** From where Azure's load balancers ask. */
export const AZURE_PROBES = '168.63.129.16'

/** One virtual network with a subnet for the nodes, in three zones, and one for the client, each with a table; and a load balancer inside. */
export function planVnet(prefix: string, { nodes, number = 0, probe = { port: 8080, path: '/' } }: VnetShape): VnetPlan {
  const planned = planAddresses(prefix, { nodes, subnets: 1, number })
  const world = emptyWorld('westeurope')
  const place = (name: string): { readonly group: string; readonly name: string } => ({ group: AZURE_GROUP, name })
  const names = ['nodes', 'clients']
  const network = addVirtualNetwork(world, place('net'), {
    prefix: planned.ranges[0],
    subnets: planned.subnets.map(({ ipv4 }, index) => {
      const name = names[index] ?? ''
      return { name, prefix: ipv4, routeTable: addRouteTable(world, place(`${name}-routes`)) }
    }),
  })
  const subnetAt = (index: number): Subnet => {
    const subnet = network.properties.subnets[index]
    if (subnet === undefined) throw new Error('invariant: a subnet that was planned is there')
    return subnet
  }
  const frontend = `10.${number}.1.200`
  const balancer = addLoadBalancer(world, place('inside'), {
    frontend: { subnet: subnetAt(0), address: frontend },
    probe,
    rule: { name: 'all', port: 0, floating: true },
  })
  const hosts = planned.hosts.map(({ subnet, isClient, ...host }, index): VnetHost => {
    const machine = addMachine(world, place(host.name), String((index % 3) + 1))
    const own = addInterface(world, place(`${host.name}-nic`), {
      machine,
      subnet: subnetAt(subnet),
      address: host.ipv4,
      pools: isClient ? [] : balancer.properties.backendAddressPools,
      enableIPForwarding: !isClient,
      macAddress: host.mac.toUpperCase().replaceAll(':', '-'),
    })
    return { ...host, table: subnet, machine, interface: own }
  })
  const publicAddress = addPublicAddress(world, place('public'))
  return { world, ranges: [planned.ranges[0]], api: planned.api, hosts, frontend, publicAddress, joined: [] }
}
