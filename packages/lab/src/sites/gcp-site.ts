import { createGcpNetwork } from '../clouds/gcp/vpc-control.ts'
import { cloudSite } from './cloud-site.ts'
import type { Site } from './site.ts'

/** A network of Google's with a VPN, whose routes its instances learn. IPv4 alone. */
export async function createGcpSite(nodes: readonly string[], number: number): Promise<Site> {
  const network = await createGcpNetwork({ nodes, number })
  return { kind: 'gcp', network, gcp: network, ...cloudSite(network, number, (range) => void network.plan.joined.push(range)) }
}
