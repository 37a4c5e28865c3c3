/** The lab's own floor: what a client loses when an address is simply deleted here, added there and announced. */
import { longestOutage } from './analysis/outage.ts'
import type { Lab } from './lab.ts'
import type { Host } from './network/host.ts'
import { packetAddress } from './system/address.ts'
import { arpAnnouncements } from './system/frames.ts'
import { AF_PACKET, bindSocket, closeSocket, interfaceIndex, nowMs, openSocket, send, SOCK_RAW } from './system/libc.ts'
import { inNamespace } from './system/namespace.ts'
import { addAddress, deleteAddress, openRouteSocket } from './system/netlink.ts'
import { pollUntil, sleep } from './wait.ts'

/** Hands that add and delete one address on one host, by system calls on sockets that stay open. */
export interface AddressHand {
  add(): void
  remove(): void
  announce(): void
  close(): void
}

export function addressHand(host: Host, ip: string, prefixLength = 24): AddressHand {
  const { route, packet, ifindex } = inNamespace(host.namespace, () => ({
    route: openRouteSocket(false),
    packet: openSocket(AF_PACKET, SOCK_RAW, 0),
    ifindex: interfaceIndex('eth0'),
  }))
  bindSocket(packet, packetAddress(ifindex, 0))
  const address = { ip, prefixLength, ifindex }
  const announcements = arpAnnouncements({ mac: host.mac, ip })
  const mouth = packetAddress(ifindex, 0)
  return {
    add: () => addAddress(route, address),
    remove: () => deleteAddress(route, address),
    announce() {
      for (const frame of announcements) send(packet, frame, mouth)
    },
    close() {
      closeSocket(route)
      closeSocket(packet)
    },
  }
}

export interface Floor {
  /** Outage of each run, ms. */
  readonly outagesMs: readonly number[]
}

const WATCH_MS = 60
const PAUSE_MS = 40

/** Moves the bare IPv4 VIP between the first two nodes, at random moments. No daemon may run. */
export async function measureFloor(lab: Lab, runs = 10): Promise<Floor> {
  const [one, two] = lab.network.nodes
  if (one === undefined || two === undefined) throw new Error('the floor needs two nodes')
  const hands = [addressHand(one, lab.vips.ipv4), addressHand(two, lab.vips.ipv4)] as const
  const outagesMs: number[] = []
  try {
    hands[0].add()
    hands[0].announce()
    await pollUntil(() => lab.client.since(0).answers.length > 0, 'the first answer from the bare address')
    for (let run = 0; run < runs; run++) {
      const [here, there] = run % 2 === 0 ? hands : [hands[1], hands[0]]
      await sleep(PAUSE_MS + Math.random() * PAUSE_MS)
      const from = nowMs()
      here.remove()
      there.add()
      there.announce()
      await sleep(WATCH_MS)
      await pollUntil(() => (lab.client.since(from).answers.at(-1)?.answeredAt ?? 0) > from, 'an answer after the move')
      outagesMs.push(longestOutage(lab.client.since(from - PAUSE_MS), { from: from - 1, to: nowMs() }).lengthMs)
    }
    hands[runs % 2 === 0 ? 0 : 1].remove()
  } finally {
    for (const hand of hands) hand.close()
  }
  return { outagesMs }
}
