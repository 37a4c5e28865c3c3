import type { Fields } from './contract.ts'
import { isSame, partsOf } from './ids.ts'

// Resources are kept as the documents that go over the wire, with every field of theirs, since a client writes them whole. The types
// name what the lab goes by.

export interface Reference extends Fields {
  readonly id: string
}

export interface Child extends Fields {
  readonly id: string
  readonly name: string
  readonly properties: Fields
}

export interface Route extends Child {
  readonly properties: { readonly addressPrefix?: string; readonly nextHopType?: string; readonly nextHopIpAddress?: string } & Fields
}

export interface Subnet extends Child {
  readonly properties: {
    readonly addressPrefix: string
    readonly routeTable?: Reference
    readonly networkSecurityGroup?: Reference
  } & Fields
}

export interface IpConfiguration extends Child {
  readonly properties: {
    readonly primary?: boolean
    readonly privateIPAddress?: string
    readonly privateIPAllocationMethod?: string
    readonly subnet?: Reference
    readonly publicIPAddress?: Reference
    readonly loadBalancerBackendAddressPools?: readonly Reference[]
  } & Fields
}

export interface Frontend extends Child {
  readonly properties: {
    readonly privateIPAddress?: string
    readonly privateIPAllocationMethod?: string
    readonly subnet?: Reference
    readonly publicIPAddress?: Reference
  } & Fields
}

interface PoolAddress extends Fields {
  readonly name?: string
  readonly properties?: { readonly ipAddress?: string; readonly adminState?: string } & Fields
}

export interface Pool extends Child {
  readonly properties: { readonly loadBalancerBackendAddresses?: readonly PoolAddress[] } & Fields
}

export interface Probe extends Child {
  readonly properties: {
    readonly protocol: string
    readonly port: number
    readonly requestPath?: string
    readonly intervalInSeconds: number
    readonly probeThreshold: number
    readonly noHealthyBackendsBehavior: string
  } & Fields
}

export interface Rule extends Child {
  readonly properties: {
    readonly protocol: string
    readonly frontendPort: number
    readonly backendPort: number
    readonly enableFloatingIP: boolean
    readonly frontendIPConfiguration: Reference
    readonly backendAddressPool?: Reference
    readonly backendAddressPools?: readonly Reference[]
    readonly probe?: Reference
  } & Fields
}

/** The state of the last write of a resource. */
export type ProvisioningState = 'Succeeded' | 'Updating' | 'Deleting' | 'Failed' | 'Canceled'

export interface Resource<Properties extends Fields = Fields> {
  readonly id: string
  readonly name: string
  readonly location: string
  /** What stands beside the properties: tags, sku, zones. */
  more: Fields
  etag: string
  state: ProvisioningState
  /** What was asked for last, and what reads tell. */
  properties: Properties
  /** What packets go by: what was asked for when a write last succeeded. null: it is not there for packets so far. */
  applied: Properties | null
}

export type VirtualNetwork = Resource<
  { readonly addressSpace: { readonly addressPrefixes: readonly string[] }; readonly subnets: readonly Subnet[] } & Fields
>
export type RouteTable = Resource<{ readonly routes: readonly Route[] } & Fields>
export type NetworkInterface = Resource<
  {
    readonly ipConfigurations: readonly IpConfiguration[]
    readonly enableIPForwarding: boolean
    readonly macAddress?: string
    readonly virtualMachine?: Reference
    readonly networkSecurityGroup?: Reference
  } & Fields
>
export type PublicAddress = Resource<{ readonly ipAddress?: string } & Fields>
export type LoadBalancer = Resource<
  {
    readonly frontendIPConfigurations: readonly Frontend[]
    readonly backendAddressPools: readonly Pool[]
    readonly probes: readonly Probe[]
    readonly loadBalancingRules: readonly Rule[]
  } & Fields
>

export interface Machine {
  readonly id: string
  readonly name: string
  readonly vmId: string
  readonly zone: string
  readonly group: string
  state: 'running' | 'stopped'
}

/** How the load balancer found a backend. The service has more words than these for a reason. */
export interface Health {
  readonly state: 'Up' | 'Down'
  readonly reason: string
}

/** Everything that one subscription has, as the control plane knows it. */
export interface World {
  readonly subscription: string
  readonly tenant: string
  /** The region that it is in. */
  readonly location: string
  readonly groups: string[]
  readonly virtualNetworks: VirtualNetwork[]
  readonly routeTables: RouteTable[]
  readonly networkInterfaces: NetworkInterface[]
  readonly publicIPAddresses: PublicAddress[]
  readonly loadBalancers: LoadBalancer[]
  /** What they say is told where a read expands a reference to one. */
  readonly networkSecurityGroups: Resource[]
  readonly machines: Machine[]
  /** What the load balancer found last: by the id of a rule, then by the address of a backend. */
  readonly health: Record<string, Record<string, Health>>
  /** Names of fields that the service has and the published contract does not know so far. */
  readonly newer: string[]
  /** Counts what was made, for ids and etags. */
  made: number
}

export const kinds = [
  'virtualNetworks',
  'routeTables',
  'networkInterfaces',
  'publicIPAddresses',
  'loadBalancers',
  'networkSecurityGroups',
] as const
export type Kind = (typeof kinds)[number]

export function emptyWorld(location: string, subscription = '00000000-0000-4000-8000-00000000a2e5'): World {
  return {
    subscription,
    tenant: '00000000-0000-4000-8000-0000000007e4',
    location,
    groups: [],
    virtualNetworks: [],
    routeTables: [],
    networkInterfaces: [],
    publicIPAddresses: [],
    loadBalancers: [],
    networkSecurityGroups: [],
    machines: [],
    health: {},
    newer: [],
    made: 0,
  }
}

export function newGuid(world: World): string {
  world.made += 1
  return `00000000-0000-4000-8000-${world.made.toString(16).padStart(12, '0')}`
}

export function newEtag(world: World): string {
  return `W/"${newGuid(world)}"`
}

/** Packets go by what was asked for last. */
export function apply(world: World, resource: Resource): void {
  resource.applied = structuredClone(resource.properties)
  resource.state = 'Succeeded'
  resource.etag = newEtag(world)
}

/** The world as packets see it: what is under way is not there so far, and what failed never came. */
export function asApplied(world: World): World {
  const applied = <One extends Resource>(all: readonly One[]): One[] =>
    all.flatMap((one) => (one.applied === null ? [] : [{ ...one, properties: one.applied }]))
  return {
    ...world,
    virtualNetworks: applied(world.virtualNetworks),
    routeTables: applied(world.routeTables),
    networkInterfaces: applied(world.networkInterfaces),
    publicIPAddresses: applied(world.publicIPAddresses),
    loadBalancers: applied(world.loadBalancers),
    networkSecurityGroups: applied(world.networkSecurityGroups),
  }
}

/** The whole resource that an id is about, or whose child it is about. */
export function resourceOf(world: World, id: string): Resource | undefined {
  const { top } = partsOf(id) ?? {}
  return kinds.flatMap((kind): readonly Resource[] => world[kind]).find((one) => isSame(one.id, top))
}

/** Whether an id is that of something in the world, a whole or a child. */
export function exists(world: World, id: string): boolean {
  const { list, child } = partsOf(id) ?? {}
  const whole = resourceOf(world, id)
  return whole !== undefined && (list === undefined || childrenOf(whole, list).some(({ name }) => isSame(name, child)))
}

export function childrenOf({ properties }: Resource, list: string): readonly Child[] {
  const [, value] = Object.entries(properties).find(([name]) => isSame(name, list)) ?? []
  return Array.isArray(value) ? (value as readonly Child[]) : []
}

export function subnetsOf(world: World): readonly Subnet[] {
  return world.virtualNetworks.flatMap(({ properties }) => properties.subnets)
}
