import { createVnetNetwork } from '../clouds/azure/vnet-control.ts'
import { cloudSite } from './cloud-site.ts'
import type { Site } from './site.ts'

/** A virtual network with a gateway, whose routes its subnets learn. IPv4 alone. */
export async function createAzureSite(nodes: readonly string[], number: number): Promise<Site> {
  const network = await createVnetNetwork({ nodes, number })
  return { kind: 'azure', network, azure: network, ...cloudSite(network, number, (range) => void network.plan.joined.push(range)) }
}
