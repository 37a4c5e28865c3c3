import type { VpcNetwork } from '../clouds/aws/vpc-control.ts'
import type { VnetNetwork } from '../clouds/azure/vnet-control.ts'
import type { GcpNetwork } from '../clouds/gcp/vpc-control.ts'
import type { Network } from '../network/network.ts'
import type { Uplink } from './wan.ts'

export type SiteKind = 'lan' | 'aws' | 'azure' | 'gcp'

/** One place of a lab with hosts of its own, before it is joined to the others. */
export interface Site {
  readonly kind: SiteKind
  readonly network: Network
  /** The same where it is in a cloud, whose control plane is started by whoever wants one. */
  readonly aws?: VpcNetwork
  readonly azure?: VnetNetwork
  readonly gcp?: GcpNetwork
  readonly uplink: Uplink
  /** The others can be reached through the uplink from now on, which is up. */
  join(ranges: readonly string[]): Promise<void>
}

/** What a scenario wants of a site. */
export interface SiteShape {
  readonly kind: SiteKind
  readonly nodes: readonly string[]
}
