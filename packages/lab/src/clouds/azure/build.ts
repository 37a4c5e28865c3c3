import type { Fields } from './contract.ts'
import { nextPublicAddress } from './drafts.ts'
import { idOf } from './ids.ts'
import { apply, newGuid } from './world.ts'
import type {
  Child,
  Frontend,
  IpConfiguration,
  Kind,
  LoadBalancer,
  Machine,
  NetworkInterface,
  Pool,
  Probe,
  PublicAddress,
  Resource,
  Route,
  RouteTable,
  Rule,
  Subnet,
  VirtualNetwork,
  World,
} from './world.ts'

// What a scenario starts from. Each function adds one thing to the world and returns it.

/** Where a resource is. */
export interface Place {
  readonly group: string
  readonly name: string
}

function add<Added extends Resource>(
  world: World,
  kind: Kind,
  { group, name }: Place,
  properties: Added['properties'],
  more: Fields = {},
): Added {
  if (!world.groups.includes(group)) world.groups.push(group)
  const id = idOf(world.subscription, group, kind, name)
  const resource: Resource = { id, name, location: world.location, more, etag: '', state: 'Succeeded', properties, applied: null }
  apply(world, resource)
  const all: Resource[] = world[kind]
  all.push(resource)
  return resource as Added
}

const partOf = (whole: string, list: string, name: string): Pick<Child, 'id' | 'name'> => ({ id: `${whole}/${list}/${name}`, name })

interface SubnetWanted {
  readonly name: string
  readonly prefix: string
  readonly routeTable?: RouteTable
  readonly securityGroup?: Resource
}

export function addVirtualNetwork(
  world: World,
  place: Place,
  { prefix, subnets }: { readonly prefix: string; readonly subnets: readonly SubnetWanted[] },
): VirtualNetwork {
  const whole = idOf(world.subscription, place.group, 'virtualNetworks', place.name)
  const parts = subnets.map(({ name, prefix: addressPrefix, routeTable, securityGroup }): Subnet => ({
    ...partOf(whole, 'subnets', name),
    properties: {
      addressPrefix,
      ...(routeTable === undefined ? {} : { routeTable: { id: routeTable.id } }),
      ...(securityGroup === undefined ? {} : { networkSecurityGroup: { id: securityGroup.id } }),
    },
  }))
  return add<VirtualNetwork>(world, 'virtualNetworks', place, { addressSpace: { addressPrefixes: [prefix] }, subnets: parts })
}

/** Routes to appliances: from a prefix to the address of the next hop. */
export function addRouteTable(world: World, place: Place, routes: Readonly<Record<string, readonly [string, string]>> = {}): RouteTable {
  const whole = idOf(world.subscription, place.group, 'routeTables', place.name)
  const parts = Object.entries(routes).map(([name, [addressPrefix, nextHopIpAddress]]): Route => ({
    ...partOf(whole, 'routes', name),
    properties: { addressPrefix, nextHopType: 'VirtualAppliance', nextHopIpAddress },
  }))
  return add<RouteTable>(world, 'routeTables', place, { routes: parts, disableBgpRoutePropagation: false })
}

export function addSecurityGroup(world: World, place: Place, securityRules: readonly Fields[] = []): Resource {
  return add(world, 'networkSecurityGroups', place, { securityRules })
}

export function addPublicAddress(world: World, place: Place): PublicAddress {
  const properties = { publicIPAllocationMethod: 'Static', publicIPAddressVersion: 'IPv4', ipAddress: nextPublicAddress(world) }
  return add<PublicAddress>(world, 'publicIPAddresses', place, properties, { sku: { name: 'Standard', tier: 'Regional' } })
}

export function addMachine(world: World, { group, name }: Place, zone: string): Machine {
  const id = `/subscriptions/${world.subscription}/resourceGroups/${group}/providers/Microsoft.Compute/virtualMachines/${name}`
  const machine: Machine = { id, name, vmId: newGuid(world), zone, group, state: 'running' }
  world.machines.push(machine)
  return machine
}

interface InterfaceWanted {
  readonly machine: Machine
  readonly subnet: Subnet
  readonly address: string
  readonly pools?: readonly Pool[]
  readonly enableIPForwarding?: boolean
  readonly macAddress?: string
}

export function addInterface(world: World, place: Place, wanted: InterfaceWanted): NetworkInterface {
  const { machine, subnet, address, pools = [], enableIPForwarding = false } = wanted
  const whole = idOf(world.subscription, place.group, 'networkInterfaces', place.name)
  const count = world.networkInterfaces.length.toString(16).toUpperCase().padStart(2, '0')
  const first: IpConfiguration = {
    ...partOf(whole, 'ipConfigurations', 'ipconfig1'),
    properties: {
      primary: true,
      privateIPAddress: address,
      privateIPAllocationMethod: 'Static',
      privateIPAddressVersion: 'IPv4',
      subnet: { id: subnet.id },
      loadBalancerBackendAddressPools: pools.map(({ id }) => ({ id })),
    },
  }
  return add<NetworkInterface>(world, 'networkInterfaces', place, {
    ipConfigurations: [first],
    enableIPForwarding,
    macAddress: wanted.macAddress ?? `00-0D-3A-00-00-${count}`,
    virtualMachine: { id: machine.id },
    primary: true,
  })
}

interface BalancerWanted {
  /** In front: an address in a subnet, or a public one. */
  readonly frontend: { readonly subnet: Subnet; readonly address: string } | PublicAddress
  readonly pool?: string
  readonly probe: { readonly port: number; readonly path?: string; readonly intervalS?: number; readonly threshold?: number }
  readonly rule: { readonly name: string; readonly port: number; readonly floating?: boolean }
}

/** A load balancer with one of each: a frontend, a pool that interfaces join, a probe and a rule. */
export function addLoadBalancer(
  world: World,
  place: Place,
  { frontend, pool: poolName = 'nodes', probe, rule }: BalancerWanted,
): LoadBalancer {
  const whole = idOf(world.subscription, place.group, 'loadBalancers', place.name)
  const front: Frontend = { ...partOf(whole, 'frontendIPConfigurations', 'front'), properties: frontendProperties(frontend) }
  const pool: Pool = { ...partOf(whole, 'backendAddressPools', poolName), properties: { loadBalancerBackendAddresses: [] } }
  const { port, path, intervalS = 5, threshold = 1 } = probe
  const asks: Probe = {
    ...partOf(whole, 'probes', 'probe'),
    properties: {
      ...(path === undefined ? { protocol: 'Tcp' } : { protocol: 'Http', requestPath: path }),
      port,
      intervalInSeconds: intervalS,
      numberOfProbes: threshold,
      probeThreshold: threshold,
      noHealthyBackendsBehavior: 'AllProbedDown',
    },
  }
  const forwards: Rule = {
    ...partOf(whole, 'loadBalancingRules', rule.name),
    properties: {
      // Port 0 stands for every port, and goes with every protocol only.
      protocol: rule.port === 0 ? 'All' : 'Tcp',
      frontendPort: rule.port,
      backendPort: rule.port,
      enableFloatingIP: rule.floating ?? false,
      idleTimeoutInMinutes: 4,
      loadDistribution: 'Default',
      frontendIPConfiguration: { id: front.id },
      backendAddressPool: { id: pool.id },
      backendAddressPools: [{ id: pool.id }],
      probe: { id: asks.id },
    },
  }
  const properties = { frontendIPConfigurations: [front], backendAddressPools: [pool], probes: [asks], loadBalancingRules: [forwards] }
  return add<LoadBalancer>(world, 'loadBalancers', place, properties, { sku: { name: 'Standard', tier: 'Regional' } })
}

function frontendProperties(frontend: BalancerWanted['frontend']): Frontend['properties'] {
  if (!('subnet' in frontend)) return { privateIPAllocationMethod: 'Dynamic', publicIPAddress: { id: frontend.id } }
  return { privateIPAllocationMethod: 'Static', privateIPAddress: frontend.address, subnet: { id: frontend.subnet.id } }
}
