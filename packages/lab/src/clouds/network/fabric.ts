// What packets of a cloud go by, whatever its vendor calls it. Each vendor's world is told as one of these after every change.

/** Where a machine is plugged into the router. */
export interface FabricPort {
  /** Of the router. */
  readonly device: string
  /** What is delivered there, with the length of its prefix: `10.0.1.10/32`. */
  readonly addresses: readonly string[]
  /** The machine behind it runs; if not, what is for it is lost. */
  readonly isAlive: boolean
  /** Nothing goes through it that is neither from nor to one of its addresses. */
  readonly isChecked: boolean
}

export interface FabricRoute {
  readonly destination: string
  /** A device of the router: a port, or one of the two gateways. null: what is for there is lost. */
  readonly to: string | null
}

export interface Fabric {
  readonly ports: readonly FabricPort[]
  /** Routing tables in the order in which hosts were planned to go by them. What is for a port goes there whatever they say. */
  readonly tables: readonly (readonly FabricRoute[])[]
  /** Addresses in the internet, each of which stands for one inside. */
  readonly publics: readonly (readonly [publicIp: string, privateIp: string])[]
  /** What does not come out to the internet with its own address. */
  readonly ranges: readonly string[]
}

/** The port to the internet gateway, and the one to other sites. */
export const GATEWAY_DEVICE = 'igw'
export const PRIVATE_DEVICE = 'vgw'
