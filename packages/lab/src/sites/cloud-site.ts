import { plugPrivateGateway } from '../clouds/network/cloud-network.ts'
import type { CloudNetwork } from '../clouds/network/cloud-network.ts'
import { PRIVATE_DEVICE } from '../clouds/network/fabric.ts'
import type { Site } from './site.ts'

/** What a cloud of any vendor is as a site: its router has a gateway to the others, to which `learn` makes its tables lead. */
export function cloudSite(
  { plan, switch: router }: CloudNetwork,
  number: number,
  learn: (range: string) => void,
): Pick<Site, 'uplink' | 'join'> {
  const mac = `02:00:00:0b:${number.toString(16).padStart(2, '0')}:01`
  return {
    uplink: { router, device: PRIVATE_DEVICE, mac, ranges: plan.ranges },
    async join(ranges) {
      await plugPrivateGateway(router)
      // A cloud that has addresses of one family learns ranges of that one.
      const families = new Set(plan.ranges.map((range) => range.includes(':')))
      for (const range of ranges) if (families.has(range.includes(':'))) learn(range)
    },
  }
}
