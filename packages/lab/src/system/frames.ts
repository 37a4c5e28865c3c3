/** Ethernet frames of the lab: what tells that a host serves an address, and the questions and announcements about one. Pure. */
import { ipBytes, macBytes } from './address.ts'

const ARP = 0x0806
const IPV4 = 0x0800
const IPV6 = 0x86dd
const ICMPV6 = 58
const NEIGHBOUR_SOLICITATION = 135
const NEIGHBOUR_ADVERTISEMENT = 136
const BROADCAST = 'ff:ff:ff:ff:ff:ff'

/** How a frame shows that its sender serves an address. */
export type FrameKind = 'arp' | 'na' | 'ip'

/** An address as the frames carry it. */
export type AddressBytes = Buffer

/** Whether this frame speaks for one of the addresses: ARP with it as the sender, IP from it, or an advertisement of it. */
export function speaksFor(frame: Buffer, addresses: readonly AddressBytes[]): FrameKind | null {
  const has = (offset: number, size: number): boolean =>
    addresses.some(
      (address) => address.length === size && frame.length >= offset + size && frame.compare(address, 0, size, offset, offset + size) === 0,
    )
  if (frame.length < 14) return null
  const type = frame.readUInt16BE(12)
  if (type === ARP) return has(28, 4) ? 'arp' : null
  if (type === IPV4) return has(26, 4) ? 'ip' : null
  if (type !== IPV6) return null
  const advertisement = frame[20] === ICMPV6 && frame[54] === NEIGHBOUR_ADVERTISEMENT
  if (advertisement) return has(62, 16) ? 'na' : null
  return has(22, 16) ? 'ip' : null
}

/** Who speaks in an ARP frame, and as whom; null: it is none. */
export function arpSender(frame: Buffer): { readonly mac: Buffer; readonly ip: Buffer } | null {
  if (frame.length < 42 || frame.readUInt16BE(12) !== ARP) return null
  return { mac: frame.subarray(22, 28), ip: frame.subarray(28, 32) }
}

export interface Speaker {
  readonly mac: string
  readonly ip: string
}

/** Who has `target`? Asked with the speaker's own address, so that it is no probe for a duplicate. */
export function arpQuestion(speaker: Speaker, target: string): Buffer {
  return arp({ speaker, operation: 1, targetMac: '00:00:00:00:00:00', target })
}

/** The two gratuitous forms, request and reply, that make neighbours follow at once. */
export function arpAnnouncements(speaker: Speaker): readonly Buffer[] {
  return [
    arp({ speaker, operation: 1, targetMac: '00:00:00:00:00:00', target: speaker.ip }),
    arp({ speaker, operation: 2, targetMac: speaker.mac, target: speaker.ip }),
  ]
}

interface ArpFields {
  readonly speaker: Speaker
  readonly operation: 1 | 2
  readonly targetMac: string
  readonly target: string
}

function arp({ speaker, operation, targetMac, target }: ArpFields): Buffer {
  const head = Buffer.from([0, 1, 8, 0, 6, 4, 0, operation])
  const body = [head, macBytes(speaker.mac), ipBytes(speaker.ip), macBytes(targetMac), ipBytes(target)]
  return Buffer.concat([ethernet(BROADCAST, speaker.mac, ARP), ...body])
}

/** The same question for IPv6, to the target's solicited-node group. */
export function neighbourQuestion(speaker: Speaker, target: string): Buffer {
  const address = ipBytes(target)
  const last = address.subarray(13)
  const group = Buffer.concat([Buffer.from('ff0200000000000000000001ff', 'hex'), last])
  const option = Buffer.concat([Buffer.from([1, 1]), macBytes(speaker.mac)])
  const message = Buffer.concat([Buffer.from([NEIGHBOUR_SOLICITATION, 0, 0, 0, 0, 0, 0, 0]), address, option])
  const source = ipBytes(speaker.ip)
  message.writeUInt16BE(checksum(Buffer.concat([source, group, Buffer.from([0, 0, 0, message.length, 0, 0, 0, ICMPV6]), message])), 2)
  const ip = Buffer.concat([Buffer.from([0x60, 0, 0, 0, 0, message.length, ICMPV6, 255]), source, group])
  const mac = `33:33:${Buffer.concat([Buffer.from([0xff]), last])
    .toString('hex')
    .replace(/(..)(?!$)/g, '$1:')}`
  return Buffer.concat([ethernet(mac, speaker.mac, IPV6), ip, message])
}

function ethernet(to: string, from: string, type: number): Buffer {
  return Buffer.concat([macBytes(to), macBytes(from), Buffer.from([type >> 8, type & 255])])
}

/** The Internet checksum of an even number of bytes. */
function checksum(data: Buffer): number {
  let sum = 0
  for (let i = 0; i < data.length; i += 2) sum += data.readUInt16BE(i)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}
