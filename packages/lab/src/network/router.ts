/** Stands for whoever is at the far end of a cable: its hardware address is set for good, so that nobody ever has to ask. */
export const BEHIND = { 4: '169.254.1.1', 6: 'fe80::ffff' } as const

/** Where a route leads that goes over a cable with one far end. */
export function wayThrough(device: string, destination: string): string {
  return `via ${BEHIND[destination.includes(':') ? 6 : 4]} dev ${device} onlink`
}

/** A port of a router, up, with one known far end. `address` is its own, IPv4. */
export function portLines(device: string, farMac: string, address: string): readonly string[] {
  return [
    `link set dev ${device} addrgenmode none`,
    `link set dev ${device} up`,
    `addr add ${address}/32 dev ${device}`,
    `addr add fe80::1/64 dev ${device} nodad`,
    `neigh replace ${BEHIND[4]} lladdr ${farMac} dev ${device} nud permanent`,
    `neigh replace ${BEHIND[6]} lladdr ${farMac} dev ${device} nud permanent`,
  ]
}

/** The far end of every site's cable to the others. */
export const WAN_MAC = '02:00:00:0f:ff:01'

/** What makes a namespace a router. It answers for every address that it knows a way to, at once, and takes no packet amiss for the way it has come. */
export const AS_ROUTER = `cd /proc/sys/net
for f in ipv4/conf/*/forwarding ipv6/conf/*/forwarding ipv4/conf/*/proxy_arp; do echo 1 > $f; done
for f in ipv4/conf/*/rp_filter ipv4/neigh/*/proxy_delay ipv4/conf/*/send_redirects ipv6/conf/*/accept_dad; do echo 0 > $f; done`
