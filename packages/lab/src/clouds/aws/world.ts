import { Ec2Fault } from './fault.ts'

export type Tags = Readonly<Record<string, string>>

export interface Vpc {
  readonly id: string
  readonly cidr: string
  readonly ipv6Cidr?: string
  readonly tags: Tags
}

export interface Subnet {
  readonly id: string
  readonly vpc: string
  readonly zone: string
  readonly cidr: string
  readonly ipv6Cidr?: string
  readonly tags: Tags
}

/** Where a route leads: exactly one of these. */
export type Target =
  | { readonly kind: 'local' }
  | { readonly kind: 'interface'; readonly id: string }
  | { readonly kind: 'gateway'; readonly id: string }

export interface Route {
  readonly destination: string
  readonly origin: 'CreateRouteTable' | 'CreateRoute' | 'EnableVgwRoutePropagation'
  target: Target
}

export interface RouteTable {
  readonly id: string
  readonly vpc: string
  /** The table of every subnet that has none of its own. */
  readonly main: boolean
  readonly subnets: readonly string[]
  readonly tags: Tags
  routes: Route[]
}

/** An elastic network interface. */
export interface Interface {
  readonly id: string
  readonly subnet: string
  readonly mac: string
  /** null: it is attached to nothing. */
  instance: string | null
  readonly deviceIndex: number
  readonly primary: string
  readonly tags: Tags
  secondaries: string[]
  ipv6: string[]
  /** While it is on, what neither comes from an address of the interface nor goes to one is dropped. */
  sourceDestCheck: boolean
}

export interface Instance {
  readonly id: string
  readonly tags: Tags
  state: 'running' | 'stopped'
}

export interface Association {
  readonly id: string
  readonly interface: string
  readonly privateIp: string
}

/** An Elastic IP. */
export interface Address {
  readonly id: string
  readonly publicIp: string
  readonly tags: Tags
  association: Association | null
}

/** Everything that one account has in one region, as the control plane knows it. */
export interface World {
  readonly region: string
  readonly account: string
  readonly vpcs: Vpc[]
  readonly subnets: Subnet[]
  readonly tables: RouteTable[]
  readonly interfaces: Interface[]
  readonly instances: Instance[]
  readonly addresses: Address[]
  /** Counts what was made, for its ids. */
  made: number
}

export function emptyWorld(region: string, account = '123456789012'): World {
  return { region, account, vpcs: [], subnets: [], tables: [], interfaces: [], instances: [], addresses: [], made: 0 }
}

/** `eni-0000000000000001a` */
export function newId(world: World, prefix: string): string {
  world.made += 1
  return `${prefix}-${world.made.toString(16).padStart(17, '0')}`
}

interface Known {
  readonly id: string
}

/** How the service says that something is not there. */
const unknown = {
  vpcs: ['InvalidVpcID.NotFound', 'vpc ID'],
  subnets: ['InvalidSubnetID.NotFound', 'subnet ID'],
  tables: ['InvalidRouteTableID.NotFound', 'routeTable ID'],
  interfaces: ['InvalidNetworkInterfaceID.NotFound', 'networkInterface ID'],
  instances: ['InvalidInstanceID.NotFound', 'instance ID'],
  addresses: ['InvalidAllocationID.NotFound', 'allocation ID'],
} as const

type Kinds = typeof unknown

/** What has this id. Throws `Ec2Fault` where nothing has. */
export function found<Kind extends keyof Kinds>(world: World, kind: Kind, id: string): World[Kind][number] {
  const one = (world[kind] as readonly Known[]).find((known) => known.id === id)
  if (one === undefined) throw new Ec2Fault(unknown[kind][0], `The ${unknown[kind][1]} '${id}' does not exist`)
  return one as World[Kind][number]
}

/** The interface that a call means by its own id or by that of an instance with a single one. */
export function interfaceMeant(
  world: World,
  named: { readonly interface?: string | undefined; readonly instance?: string | undefined },
): Interface {
  if (named.interface !== undefined) return found(world, 'interfaces', named.interface)
  if (named.instance === undefined) throw new Ec2Fault('MissingParameter', 'Either networkInterfaceId or instanceId must be specified')
  const { id, state } = found(world, 'instances', named.instance)
  if (state !== 'running') throw new Ec2Fault('IncorrectInstanceState', `The instance '${id}' is not in the 'running' state.`)
  const own = world.interfaces.filter(({ instance }) => instance === id)
  const [only] = own
  if (only === undefined || own.length > 1)
    throw new Ec2Fault(
      'InvalidInstanceID',
      `There are multiple interfaces attached to instance '${id}'. Please specify an interface ID for the operation instead.`,
    )
  return only
}

/** The table that decides for a subnet. */
export function tableOf({ tables, subnets }: World, subnet: string): RouteTable | undefined {
  const vpc = subnets.find(({ id }) => id === subnet)?.vpc
  return tables.find((table) => table.subnets.includes(subnet)) ?? tables.find((table) => table.vpc === vpc && table.main)
}

/** Whether packets can come through an interface. */
export function isAlive({ instances }: World, { instance }: Interface): boolean {
  return instances.some(({ id, state }) => id === instance && state === 'running')
}
