import type { HostAddress, Link, Placement } from './driver.ts'
import { ipBytes, sameSubnet } from './ip.ts'
import type { Vip } from './ip.ts'

/**
 * How to put the VIP on the interface. IPv4 goes on as /32: with the prefix of its subnet it could become the primary
 * address, whose removal takes the others along. IPv6 knows no primaries and keeps its prefix. The way to the subnet is
 * made only where no other address of the interface makes it already.
 */
export function placementFor(vip: Vip, link: Link, addresses: readonly HostAddress[]): Placement {
  const covered = addresses.some(({ index, ip, prefix }) => {
    if (index !== link.index || ip === vip.text || prefix > vip.prefix) return false
    const bytes = ipBytes(ip)
    return bytes !== null && sameSubnet(bytes, vip.bytes, prefix)
  })
  return { vip, prefix: vip.family === 4 ? 32 : vip.prefix, subnetRoute: !covered && vip.prefix < vip.bytes.length * 8 }
}
