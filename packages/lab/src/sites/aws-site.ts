import { createVpcNetwork } from '../clouds/aws/vpc-control.ts'
import { cloudSite } from './cloud-site.ts'
import type { Site } from './site.ts'

/** A VPC with a virtual private gateway, which every route table leads to for what lies elsewhere. */
export async function createAwsSite(nodes: readonly string[], number: number): Promise<Site> {
  const network = await createVpcNetwork({ nodes, number })
  const learn = (destination: string): void => {
    for (const { routes } of network.plan.world.tables)
      routes.push({ destination, origin: 'EnableVgwRoutePropagation', target: { kind: 'gateway', id: 'vgw-0000000000000001' } })
  }
  return { kind: 'aws', network, aws: network, ...cloudSite(network, number, learn) }
}
