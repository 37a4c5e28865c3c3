import type { ClusterLab } from '../../cluster/cluster.ts'
import type { Probe } from '../../probes/child.ts'
import { startClient } from '../../probes/client.ts'
import { startResponder } from '../../probes/responder.ts'
import type { VpcControl, VpcControlOptions, VpcNetwork } from './vpc-control.ts'
import { createVpcNetwork, startVpc } from './vpc-control.ts'
import type { World } from './world.ts'

export type AwsMode = 'aws-route' | 'aws-eip' | 'aws-ip'

/** A site in AWS: a VPC with nodes, a client, and the control plane that the nodes call. */
export interface AwsLab extends ClusterLab {
  readonly network: VpcNetwork
  readonly vpc: VpcControl
  /** The endpoint of the group, as `cluster.yaml` has it. */
  readonly options: Options
  /** The overlay address, as routes have it. */
  readonly destination: string
  /** The same as a line. */
  readonly endpoint: string
  /** What runs a daemon so that it calls this control plane, and no other. */
  readonly under: () => readonly string[]
  /** The interface of a node. */
  interfaceOf(name: string): string
  /** The interfaces to which the endpoint's address leads: by each table, or to whom it is associated or assigned; '' for nowhere. */
  leads(): Promise<readonly string[]>
  readonly broken: Promise<never>
  close(): void
}

export interface AwsLabOptions extends VpcControlOptions {
  readonly mode?: AwsMode
  readonly nodes?: readonly string[]
  /** In place of a VPC of its own with these nodes. */
  readonly network?: VpcNetwork
}

const overlay = '10.99.0.50'
/** In the subnet of the first zone, where all nodes are whose address moves within a subnet. */
const secondary = '10.0.1.50'

type Options = Readonly<Record<string, unknown>> & { readonly backend: AwsMode }

interface Place {
  /** What the client asks. */
  readonly vip: string
  readonly options: Options
  /** What answers listens on. */
  readonly listens: readonly string[]
  readonly clientAt: string
}

export async function startAwsLab({
  mode = 'aws-route',
  nodes = ['n1', 'n2', 'n3'],
  network: given,
  ...options
}: AwsLabOptions = {}): Promise<AwsLab> {
  const network = given ?? (await createVpcNetwork({ nodes, zones: mode === 'aws-ip' ? 1 : 3 }))
  const probes: Pick<Probe, 'stop' | 'broken'>[] = []
  const close = (): void => {
    for (const probe of probes) probe.stop()
    network.close()
  }
  try {
    const vpc = await startVpc(network, options)
    probes.push(vpc)
    const { vip, options: wanted, listens, clientAt } = await placeOf(mode, network, vpc)
    const [responder, client] = await Promise.all([startResponder(network, listens), startClient({ client: { namespace: clientAt } }, vip)])
    probes.push(responder, client)
    return {
      network,
      vpc,
      options: wanted,
      destination: `${overlay}/32`,
      endpoint: JSON.stringify(wanted),
      vips: { ipv4: vip, ipv6: '' },
      client,
      client6: null,
      under: () => ['env', `AWS_ENDPOINT_URL_EC2=${vpc.endpoint}`, `AWS_ENDPOINT_URL_STS=${vpc.stsEndpoint}`],
      interfaceOf: (name) => network.plan.hosts.find((host) => host.name === name)?.interface.id ?? '',
      leads: async () => leadsOf(mode, await vpc.world()),
      broken: Promise.race(probes.map(({ broken }) => broken)),
      close,
    }
  } catch (error) {
    close()
    throw error
  }
}

async function placeOf(mode: AwsMode, network: VpcNetwork, vpc: VpcControl): Promise<Place> {
  const inside = network.client.namespace
  if (mode === 'aws-route') {
    const wanted = { backend: mode, destination: `${overlay}/32`, routeTables: { tag: { movip: 'lab' } } }
    return { vip: overlay, options: wanted, listens: [overlay], clientAt: inside }
  }
  if (mode === 'aws-ip') return { vip: secondary, options: { backend: mode, address: secondary }, listens: [secondary], clientAt: inside }
  await vpc.call('AllocateAddress', {})
  const [address] = (await vpc.world()).addresses
  if (address === undefined) throw new Error('invariant: an address that was allocated is there')
  const wanted = { backend: mode, allocation: address.id }
  return { vip: address.publicIp, options: wanted, listens: network.nodes.map(({ ipv4 }) => ipv4), clientAt: network.outside }
}

function leadsOf(mode: AwsMode, { tables, addresses, interfaces }: World): readonly string[] {
  if (mode === 'aws-eip') return addresses.map(({ association }) => association?.interface ?? '')
  if (mode === 'aws-ip') return interfaces.filter(({ secondaries }) => secondaries.includes(secondary)).map(({ id }) => id)
  const ours = tables.filter(({ tags }) => tags['movip'] === 'lab')
  return ours.map(({ routes }) => {
    const target = routes.find(({ destination }) => destination === `${overlay}/32`)?.target
    return target?.kind === 'interface' ? target.id : ''
  })
}
