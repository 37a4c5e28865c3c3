import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createGcpNetwork, startGcp } from '../clouds/gcp/vpc-control.ts'
import type { GcpControl, GcpControlOptions, GcpNetwork } from '../clouds/gcp/vpc-control.ts'
import type { BalancedLab } from './balanced-lab.ts'
import { startCloudLab } from './cloud-lab.ts'
import { HEALTH_PATH, HEALTH_PORT } from './ports.ts'

export interface GcpLab extends BalancedLab {
  readonly network: GcpNetwork
  readonly gcp: GcpControl
  /** The endpoint of the group, as `cluster.yaml` has it. */
  readonly options: Readonly<Record<string, unknown>>
  /** What runs a program so that it trusts this control plane. */
  readonly trusting: Readonly<Record<string, string>>
}

export interface GcpAsking {
  readonly intervalS: number
  readonly timeoutS: number
  readonly healthyAfter: number
  readonly unhealthyAfter: number
}

/** A site in Google Cloud: nodes behind an internal passthrough load balancer, and clients. */
export async function startGcpLab(asking: GcpAsking, options: GcpControlOptions = {}): Promise<GcpLab> {
  const network = await createGcpNetwork({ nodes: ['n1', 'n2', 'n3'], check: { port: HEALTH_PORT, path: HEALTH_PATH, ...asking } })
  try {
    const gcp = await startGcp(network, options)
    const { frontend, hosts } = network.plan
    const endpoint = {
      backend: 'gcp-ilb',
      forwardingRule: 'inside',
      address: frontend,
      interface: 'lan',
      path: HEALTH_PATH,
      endpoint: gcp.endpoint,
    }
    const ca = join(network.folder.path, 'gcp.pem')
    writeFileSync(ca, gcp.ca)
    const machine = (name: string): string => hosts.find((host) => host.name === name)?.instance ?? ''
    // Nobody here resolves names: that of the metadata server is known.
    const trusting = { NODE_EXTRA_CA_CERTS: ca, GCE_METADATA_HOST: '169.254.169.254', METADATA_SERVER_DETECTION: 'assume-present' }
    const lab = await startCloudLab({ network, control: gcp, frontend, endpoint, trusting, machine })
    const probe = { everyMs: asking.intervalS * 1000, rise: asking.healthyAfter, fall: asking.unhealthyAfter }
    return { ...lab, network, gcp, options: endpoint, trusting, probe }
  } catch (error) {
    network.close()
    throw error
  }
}
