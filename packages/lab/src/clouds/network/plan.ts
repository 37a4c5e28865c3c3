import type { Host } from '../../network/host.ts'
import { CLIENT } from '../../network/host.ts'

/** Where machines ask about themselves. */
export const METADATA = '169.254.169.254'
/** A host in the internet, and the block in which public addresses lie. */
export const OUTSIDE = 'outside'
export const OUTSIDE_ADDRESS = '198.51.100.100'
export const PUBLIC_BLOCK = '203.0.113.0/24'

/** A host of a cloud: a machine with one interface. */
export interface CloudHost extends Host {
  /** The address of the router in its subnet. */
  readonly router: string
  /** Index of the fabric's table by which what it sends goes. */
  readonly table: number
}

/** What the namespaces of a cloud are built from. */
export interface CloudPlan {
  /** Its range; then that of IPv6, where it has one. */
  readonly ranges: readonly [ipv4: string, ...ipv6: readonly string[]]
  /** Where the control plane is reached from inside. */
  readonly api: string
  readonly hosts: readonly CloudHost[]
}

export interface CloudShape {
  readonly nodes: readonly string[]
  /** Over so many subnets the nodes are spread. */
  readonly subnets: number
  /** x in 10.x.0.0/16: networks that are joined must not overlap. */
  readonly number?: number
}

/** A block of addresses with its router. */
export interface PlannedSubnet {
  readonly ipv4: string
  readonly ipv6: string
}

export interface PlannedHost extends Omit<CloudHost, 'table'> {
  /** Index of its subnet. */
  readonly subnet: number
  readonly isClient: boolean
}

export interface AddressPlan {
  readonly ranges: readonly [ipv4: string, ipv6: string]
  readonly api: string
  /** Those of the nodes, and the client's as the last. */
  readonly subnets: readonly PlannedSubnet[]
  readonly hosts: readonly PlannedHost[]
}

/** The client's subnet, beside those of the nodes. */
const CLIENT_SUBNET = 9

/** Who has which address in a network of any vendor. */
export function planAddresses(prefix: string, { nodes, subnets, number: block = 0 }: CloudShape, most = subnets): AddressPlan {
  const sixOf = (subnet: number): string => `fd00:10:0:${((block << 8) | subnet).toString(16)}`
  const numbers = [...Array.from({ length: most }, (_, index) => index + 1), CLIENT_SUBNET]
  const plan = (name: string, index: number): PlannedHost => {
    const isClient = name === CLIENT
    const subnet = isClient ? most : index % subnets
    const number = numbers[subnet] ?? 0
    const last = isClient ? 100 : 10 + index
    return {
      name,
      namespace: `${prefix}-${name}`,
      port: `p-${name}`,
      mac: `02:00:00:${hex(0x0a + block)}:${hex(number)}:${hex(last)}`,
      ipv4: `10.${block}.${number}.${last}`,
      ipv6: `${sixOf(number)}::${last}`,
      router: `10.${block}.${number}.1`,
      subnet,
      isClient,
    }
  }
  return {
    ranges: [`10.${block}.0.0/16`, `fd00:10:0:${block.toString(16)}00::/56`],
    api: `10.${block}.0.2`,
    subnets: numbers.map((number) => ({ ipv4: `10.${block}.${number}.0/24`, ipv6: `${sixOf(number)}::/64` })),
    hosts: [...nodes, CLIENT].map(plan),
  }
}

const hex = (number: number): string => number.toString(16).padStart(2, '0')
