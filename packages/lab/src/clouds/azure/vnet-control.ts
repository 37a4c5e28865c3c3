import type { CloudControl } from '../cloud-control.ts'
import { packed, startCloud } from '../cloud-control.ts'
import { createCloudNetwork } from '../network/cloud-network.ts'
import type { CloudNetwork } from '../network/cloud-network.ts'
import { certificateFor } from '../tls.ts'
import type { Certificate } from '../tls.ts'
import type { Pluggable } from './balancing.ts'
import type { Token } from './token.ts'
import { planVnet } from './vnet-plan.ts'
import type { VnetPlan, VnetShape } from './vnet-plan.ts'
import type { World } from './world.ts'

export type VnetNetwork = CloudNetwork<VnetPlan>

export const createVnetNetwork = (shape: VnetShape): Promise<VnetNetwork> => createCloudNetwork((prefix) => planVnet(prefix, shape))

export interface VnetArgument {
  /** Packed. */
  readonly world: string
  readonly devices: readonly (readonly [id: string, device: string])[]
  readonly hosts: readonly Pluggable[]
  readonly joined: readonly string[]
  readonly api: string
  readonly tls: Certificate
  /** That of the nodes' identity, then that of somebody else. */
  readonly tokens: readonly Token[]
  readonly denied: Readonly<Record<string, readonly string[]>>
  readonly operationMs: number
  /** Namespace of the internet gateway. */
  readonly gateway: string
}

/** The hand of a scenario on a virtual network. Calls of somebody else are such as `PUT /subscriptions/…`. */
export interface VnetControl extends CloudControl<World> {
  /** Of Resource Manager, for whoever calls from inside. */
  readonly endpoint: string
  /** PEM, of who is trusted to be at the endpoint. */
  readonly ca: string
}

export interface VnetControlOptions {
  readonly denied?: Readonly<Record<string, readonly string[]>>
  /** How long writes take. */
  readonly operationMs?: number
}

const tokens: readonly Token[] = [
  { token: 'a-token-of-the-lab', principal: 'movip' },
  { token: 'a-token-of-somebody', principal: 'somebody' },
]

export async function startVnet(network: VnetNetwork, { denied = {}, operationMs = 0 }: VnetControlOptions = {}): Promise<VnetControl> {
  const { plan, gateway } = network
  const tls = certificateFor(plan.api)
  const argument: VnetArgument = {
    world: packed(plan.world),
    devices: plan.hosts.map((host) => [host.interface.id, host.port]),
    hosts: network.nodes.map(({ name, ipv4, port }) => ({ name, ipv4, port })),
    joined: plan.joined,
    api: plan.api,
    tls,
    tokens,
    denied,
    operationMs,
    gateway,
  }
  const control = await startCloud<World>({ network, module: '../clouds/azure/vnet-process', argument })
  return Object.assign(control, { endpoint: `https://${plan.api}`, ca: tls.cert })
}
