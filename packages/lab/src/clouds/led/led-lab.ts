import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ClusterLab, ClusterOptions } from '../../cluster/cluster.ts'
import { startClient } from '../../probes/client.ts'
import { startResponder } from '../../probes/responder.ts'
import { createVnetNetwork, startVnet } from '../azure/vnet-control.ts'
import { textOf } from '../gcp/contract.ts'
import { createGcpNetwork, startGcp } from '../gcp/vpc-control.ts'
import type { CloudControl } from '../cloud-control.ts'
import type { CloudNetwork } from '../network/cloud-network.ts'

export type LedMode = 'azure-route' | 'azure-ip' | 'azure-ip of a public IP' | 'gcp-route' | 'gcp-alias'

/** A site in Azure or Google Cloud whose network leads to the holder. */
export interface LedLab extends ClusterLab {
  readonly cluster: ClusterOptions
  readonly control: Control
  /** The nodes to which the address leads: by each table or route, or that have it. */
  leads(): Promise<readonly string[]>
  close(): void
}

/** The hand of a scenario on the control plane. */
type Control = Pick<CloudControl<never>, 'turnOn' | 'call' | 'setMetadata'>

interface Cloud {
  readonly control: Control
  readonly network: CloudNetwork
  readonly endpoint: object
  /** By which clients find it, and under which it arrives. */
  readonly vip: string
  readonly arrivesAs: readonly string[]
  /** Namespace of the client. */
  readonly clientAt: string
  readonly trusting: Readonly<Record<string, string>>
  leads(): Promise<readonly string[]>
  stop(): void
}

const OVERLAY = '10.99.0.50'
const SECONDARY = '10.0.1.60'
/** As published measurements of such changes have it, and somewhat more. */
const OPERATION_MS = 300

export async function startLedLab(mode: LedMode): Promise<LedLab> {
  const cloud = await (mode.startsWith('azure') ? startAzure(mode) : startGoogle(mode))
  const { network, endpoint, vip, arrivesAs, clientAt, trusting } = cloud
  try {
    const [responder, client] = await Promise.all([
      startResponder(network, arrivesAs),
      startClient({ client: { namespace: clientAt } }, vip),
    ])
    return {
      network,
      vips: { ipv4: vip, ipv6: '' },
      client,
      client6: null,
      control: cloud.control,
      cluster: {
        endpoints: [JSON.stringify({ backend: mode.split(' ')[0], interface: 'lan', ...endpoint })],
        under: () => ['env', ...Object.entries(trusting).map(([name, value]) => `${name}=${value}`)],
      },
      leads: () => cloud.leads(),
      close() {
        for (const probe of [responder, client, cloud]) probe.stop()
        network.close()
      },
    }
  } catch (error) {
    network.close()
    throw error
  }
}

function trustIn(network: CloudNetwork, ca: string): Readonly<Record<string, string>> {
  const file = join(network.folder.path, 'cloud.pem')
  writeFileSync(file, ca)
  return { NODE_EXTRA_CA_CERTS: file }
}

async function startAzure(mode: LedMode): Promise<Cloud> {
  const network = await createVnetNetwork({ nodes: ['n1', 'n2', 'n3'] })
  const vnet = await startVnet(network, { operationMs: OPERATION_MS })
  const { world, hosts } = network.plan
  const nameOf = (address: string | undefined): string => hosts.find(({ ipv4 }) => ipv4 === address)?.name ?? ''
  const isRoute = mode === 'azure-route'
  const route = { destination: `${OVERLAY}/32`, routeTables: world.routeTables.map(({ id }) => id) }
  const isPublic = mode === 'azure-ip of a public IP'
  const { publicAddress } = network.plan
  const address = isPublic ? { publicAddress: publicAddress.id } : { address: SECONDARY }
  const vip = isPublic ? (publicAddress.properties.ipAddress ?? '') : isRoute ? OVERLAY : SECONDARY
  return {
    network,
    control: vnet,
    vip,
    arrivesAs: isPublic ? network.nodes.map(({ ipv4 }) => ipv4) : [vip],
    clientAt: isPublic ? network.outside : network.client.namespace,
    endpoint: { endpoint: vnet.endpoint, ...(isRoute ? route : address) },
    trusting: trustIn(network, vnet.ca),
    async leads() {
      const { routeTables, networkInterfaces } = await vnet.world()
      if (isRoute)
        return routeTables.map(({ properties }) =>
          nameOf(properties.routes.find((one) => one.properties.addressPrefix === route.destination)?.properties.nextHopIpAddress),
        )
      const having = networkInterfaces.filter(({ properties }) =>
        properties.ipConfigurations.some((one) =>
          isPublic ? one.properties.publicIPAddress?.id === publicAddress.id : one.properties.privateIPAddress === SECONDARY,
        ),
      )
      return having.map(({ properties }) => nameOf(properties.ipConfigurations[0]?.properties.privateIPAddress))
    },
    stop: () => vnet.stop(),
  }
}

async function startGoogle(mode: LedMode): Promise<Cloud> {
  const network = await createGcpNetwork({ nodes: ['n1', 'n2', 'n3'] })
  const gcp = await startGcp(network, { operationMs: OPERATION_MS })
  const isRoute = mode === 'gcp-route'
  const zones = ['b', 'c', 'd'].map((letter) => `europe-west1-${letter}`)
  const own = isRoute ? { destination: `${OVERLAY}/32`, network: 'lab' } : { address: SECONDARY, zones }
  return {
    network,
    control: gcp,
    vip: isRoute ? OVERLAY : SECONDARY,
    arrivesAs: [isRoute ? OVERLAY : SECONDARY],
    clientAt: network.client.namespace,
    endpoint: { endpoint: gcp.endpoint, ...own },
    // Nobody here resolves names: that of the metadata server is known.
    trusting: { ...trustIn(network, gcp.ca), GCE_METADATA_HOST: '169.254.169.254', METADATA_SERVER_DETECTION: 'assume-present' },
    async leads() {
      const { documents } = await gcp.world()
      const all = [...documents]
      if (isRoute) {
        const routes = all.filter(([, fields]) => fields['destRange'] === `${OVERLAY}/32`)
        return routes.map(([, fields]) => textOf(fields, 'nextHopInstance').split('/').at(-1) ?? '')
      }
      const having = all.filter(([path, fields]) => path.includes('/instances/') && JSON.stringify(fields).includes(`${SECONDARY}/32`))
      return having.map(([path]) => path.split('/').at(-1) ?? '')
    },
    stop: () => gcp.stop(),
  }
}
