import type { CloudControl } from '../cloud-control.ts'
import { packed, startCloud } from '../cloud-control.ts'
import { createCloudNetwork } from '../network/cloud-network.ts'
import type { CloudNetwork } from '../network/cloud-network.ts'
import type { Keys } from './signature.ts'
import type { Role } from './sts.ts'
import { planVpc, STS_PORT } from './vpc-plan.ts'
import type { VpcPlan, VpcShape } from './vpc-plan.ts'
import type { World } from './world.ts'

export type VpcNetwork = CloudNetwork<VpcPlan>

export const createVpcNetwork = (shape: VpcShape): Promise<VpcNetwork> => createCloudNetwork((prefix) => planVpc(prefix, shape))

export interface VpcArgument {
  /** Packed. */
  readonly world: string
  readonly ports: readonly (readonly [string, string])[]
  readonly api: string
  readonly keys: readonly Keys[]
  readonly denied: Readonly<Record<string, readonly string[]>>
  /** Whose keys instances are given. */
  readonly role: string
  /** Roles that instances may take on. */
  readonly roles: readonly Role[]
  /** Namespace of the internet gateway. */
  readonly gateway: string
}

/** The hand of a scenario on a VPC. */
export interface VpcControl extends CloudControl<World> {
  /** For `AWS_ENDPOINT_URL_EC2` of whoever calls from inside. */
  readonly endpoint: string
  /** For `AWS_ENDPOINT_URL_STS`. */
  readonly stsEndpoint: string
  readonly role: Keys
}

export interface VpcControlOptions {
  readonly denied?: Readonly<Record<string, readonly string[]>>
  /** ARNs of roles that instances may take on. */
  readonly roles?: readonly string[]
}

const role: Keys = {
  accessKeyId: 'ASIALABMOVIP',
  secretAccessKey: 'a secret of the lab',
  sessionToken: 'a token of the lab',
  principal: 'role/movip',
}

export async function startVpc(network: VpcNetwork, { denied = {}, roles = [] }: VpcControlOptions = {}): Promise<VpcControl> {
  const { plan, gateway } = network
  const argument: VpcArgument = {
    world: packed(plan.world),
    ports: [...plan.ports],
    api: plan.api,
    keys: [role],
    denied,
    role: role.principal,
    roles: roles.map((arn) => ({ arn, trusts: [role.principal] })),
    gateway,
  }
  const control = await startCloud<World>({ network, module: '../clouds/aws/vpc-process', argument })
  return Object.assign(control, { endpoint: `http://${plan.api}`, stsEndpoint: `http://${plan.api}:${STS_PORT}`, role })
}
