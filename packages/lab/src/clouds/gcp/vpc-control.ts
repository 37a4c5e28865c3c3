import type { CloudControl } from '../cloud-control.ts'
import { packed, startCloud } from '../cloud-control.ts'
import { createCloudNetwork } from '../network/cloud-network.ts'
import type { CloudNetwork } from '../network/cloud-network.ts'
import { certificateFor } from '../tls.ts'
import type { Certificate } from '../tls.ts'
import type { Pluggable } from './balancing.ts'
import type { Plugged } from './fabric.ts'
import type { Token } from './server.ts'
import { planGcp } from './vpc-plan.ts'
import type { GcpPlan, GcpShape } from './vpc-plan.ts'
import type { World } from './world.ts'

export type GcpNetwork = CloudNetwork<GcpPlan>

export const createGcpNetwork = (shape: GcpShape): Promise<GcpNetwork> => createCloudNetwork((prefix) => planGcp(prefix, shape))

export interface GcpArgument {
  /** Packed. */
  readonly world: string
  readonly hosts: readonly Plugged[]
  readonly nodes: readonly Pluggable[]
  readonly joined: readonly string[]
  readonly api: string
  readonly tls: Certificate
  /** That of the nodes' account, then that of somebody else. */
  readonly tokens: readonly Token[]
  readonly denied: Readonly<Record<string, readonly string[]>>
  readonly operationMs: number
  /** Namespace of the internet gateway. */
  readonly gateway: string
}

/** The hand of a scenario on a network of Google's. Calls of somebody else are such as `POST /compute/v1/projects/…`. */
export interface GcpControl extends CloudControl<World> {
  /** Of Compute Engine, for whoever calls from inside. */
  readonly endpoint: string
  /** PEM, of who is trusted to be at the endpoint. */
  readonly ca: string
}

export interface GcpControlOptions {
  readonly denied?: Readonly<Record<string, readonly string[]>>
  /** How long changes take. */
  readonly operationMs?: number
}

const tokens: readonly Token[] = [
  { value: 'a-token-of-the-lab', principal: 'movip' },
  { value: 'a-token-of-somebody', principal: 'somebody' },
]

export async function startGcp(network: GcpNetwork, { denied = {}, operationMs = 0 }: GcpControlOptions = {}): Promise<GcpControl> {
  const { plan, gateway } = network
  const tls = certificateFor(plan.api)
  const pluggable = plan.hosts.map(({ name, ipv4, port, instance }) => ({ name, ipv4, port, instance }))
  const argument: GcpArgument = {
    world: packed(plan.world),
    hosts: pluggable,
    nodes: pluggable.filter(({ name }) => network.nodes.some((node) => node.name === name)),
    joined: plan.joined,
    api: plan.api,
    tls,
    tokens,
    denied,
    operationMs,
    gateway,
  }
  const control = await startCloud<World>({ network, module: '../clouds/gcp/vpc-process', argument })
  return Object.assign(control, { endpoint: `https://${plan.api}`, ca: tls.cert })
}
