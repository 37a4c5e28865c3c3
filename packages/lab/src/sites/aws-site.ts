import { createVpcNetwork } from '../clouds/aws/vpc-control.ts'
import { plugPrivateGateway } from '../clouds/network/cloud-network.ts'
import { PRIVATE_DEVICE } from '../clouds/network/fabric.ts'
import type { Site } from './site.ts'

/** A VPC with a virtual private gateway, which every route table leads to for what lies elsewhere. */
export async function createAwsSite(nodes: readonly string[], number: number): Promise<Site> {
  const network = await createVpcNetwork({ nodes, number })
  const { plan, switch: router } = network
  const mac = `02:00:00:0b:${number.toString(16).padStart(2, '0')}:01`
  return {
    kind: 'aws',
    network,
    aws: network,
    uplink: { router, device: PRIVATE_DEVICE, mac, ranges: plan.ranges },
    async join(ranges) {
      await plugPrivateGateway(router)
      for (const table of plan.world.tables)
        for (const destination of ranges)
          table.routes.push({ destination, origin: 'EnableVgwRoutePropagation', target: { kind: 'gateway', id: 'vgw-0000000000000001' } })
    },
  }
}
