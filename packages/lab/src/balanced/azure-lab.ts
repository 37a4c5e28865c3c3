import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createVnetNetwork, startVnet } from '../clouds/azure/vnet-control.ts'
import type { VnetControl, VnetControlOptions, VnetNetwork } from '../clouds/azure/vnet-control.ts'
import type { BalancedLab } from './balanced-lab.ts'
import { startCloudLab } from './cloud-lab.ts'
import { HEALTH_PATH, HEALTH_PORT } from './ports.ts'

export interface AzureLab extends BalancedLab {
  readonly network: VnetNetwork
  readonly vnet: VnetControl
  /** The endpoint of the group, as `cluster.yaml` has it. */
  readonly options: Readonly<Record<string, unknown>>
  /** What runs a program so that it trusts this control plane. */
  readonly trusting: Readonly<Record<string, string>>
}

export interface AzureAsking {
  readonly intervalS: number
  readonly threshold: number
}

/** A site in Azure: nodes behind an internal load balancer with floating IP, and clients. */
export async function startAzureLab({ intervalS, threshold }: AzureAsking, options: VnetControlOptions = {}): Promise<AzureLab> {
  const network = await createVnetNetwork({
    nodes: ['n1', 'n2', 'n3'],
    probe: { port: HEALTH_PORT, path: HEALTH_PATH, intervalS, threshold },
  })
  try {
    const vnet = await startVnet(network, options)
    const { frontend, world, hosts } = network.plan
    const [balancer] = world.loadBalancers
    const endpoint = {
      backend: 'azure-ilb',
      loadBalancer: balancer?.id ?? '',
      rule: 'all',
      address: frontend,
      interface: 'lan',
      path: HEALTH_PATH,
      endpoint: vnet.endpoint,
    }
    const ca = join(network.folder.path, 'azure.pem')
    writeFileSync(ca, vnet.ca)
    const machine = (name: string): string => hosts.find((host) => host.name === name)?.machine.id ?? ''
    const trusting = { NODE_EXTRA_CA_CERTS: ca }
    const lab = await startCloudLab({ network, control: vnet, frontend, endpoint, trusting, machine })
    const probe = { everyMs: intervalS * 1000, rise: threshold, fall: threshold }
    return { ...lab, network, vnet, options: endpoint, trusting, probe }
  } catch (error) {
    network.close()
    throw error
  }
}
