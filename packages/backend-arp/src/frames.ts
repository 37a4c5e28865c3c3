import { macText } from './ip.ts'
import type { Vip } from './ip.ts'

const BROADCAST = Buffer.alloc(6, 0xff)
const NO_MAC = Buffer.alloc(6)
const ETHERTYPE_ARP = 0x0806
const ETHERTYPE_IPV6 = 0x86dd
const ARP_REQUEST = 1
const ARP_REPLY = 2
const NEXT_HEADER_ICMPV6 = 58
const NEIGHBOUR_SOLICITATION = 135
const NEIGHBOUR_ADVERTISEMENT = 136
const ROUTER_FLAG = 0x80
const OVERRIDE_FLAG = 0x20

/** Somebody on the wire says that this address is theirs. */
export interface Ownership {
  readonly ip: Buffer
  readonly mac: string
}

/**
 * The frames that tell a LAN that `vip` now lives at `mac`. IPv4: a gratuitous request, and a reply whose target hardware
 * address is our own, which receivers accept even within their locktime. IPv6: an advertisement with Override.
 */
export function announcementFrames(vip: Vip, mac: Buffer, router: boolean): readonly Buffer[] {
  if (vip.family === 6) return [neighbourAdvertisement(vip.bytes, mac, router)]
  return [arp(ARP_REQUEST, mac, vip.bytes, NO_MAC, vip.bytes), arp(ARP_REPLY, mac, vip.bytes, mac, vip.bytes)]
}

/** The question "does anybody own this address?", asked without claiming it (RFC 5227, RFC 4862). */
export function probeFrame(vip: Vip, mac: Buffer): Buffer {
  return vip.family === 4 ? arp(ARP_REQUEST, mac, Buffer.alloc(4), NO_MAC, vip.bytes) : duplicateSolicitation(vip.bytes, mac)
}

/** Reads an ARP frame or a neighbour advertisement; null for everything else, malformed frames included. */
export function parseOwnership(frame: Buffer): Ownership | null {
  if (frame.length < 14) return null
  const type = frame.readUInt16BE(12)
  if (type === ETHERTYPE_ARP) return parseArp(frame)
  if (type === ETHERTYPE_IPV6) return parseAdvertisement(frame)
  return null
}

function parseArp(frame: Buffer): Ownership | null {
  if (frame.length < 42 || frame.readUInt32BE(14) !== 0x00010800 || frame.readUInt16BE(18) !== 0x0604) return null
  const ip = frame.subarray(28, 32)
  // A sender of 0.0.0.0 asks whether an address is free; it owns nothing.
  return ip.readUInt32BE() === 0 ? null : { ip, mac: macText(frame.subarray(22, 28)) }
}

function parseAdvertisement(frame: Buffer): Ownership | null {
  if (frame.length < 78 || frame[20] !== NEXT_HEADER_ICMPV6 || frame[21] !== 255 || frame[54] !== NEIGHBOUR_ADVERTISEMENT) return null
  const ip = frame.subarray(62, 78)
  if (ip.every((byte) => byte === 0)) return null
  for (let at = 78; at + 8 <= frame.length;) {
    const length = (frame[at + 1] ?? 0) * 8
    if (length === 0) return null
    if (frame[at] === 2 && length === 8) return { ip, mac: macText(frame.subarray(at + 2, at + 8)) }
    at += length
  }
  return { ip, mac: macText(frame.subarray(6, 12)) }
}

function arp(operation: number, senderMac: Buffer, senderIp: Buffer, targetMac: Buffer, targetIp: Buffer): Buffer {
  const header = Buffer.from([0x00, 0x01, 0x08, 0x00, 6, 4, 0, operation])
  return Buffer.concat([ethernet(BROADCAST, senderMac, ETHERTYPE_ARP), header, senderMac, senderIp, targetMac, targetIp])
}

function neighbourAdvertisement(ip: Buffer, mac: Buffer, router: boolean): Buffer {
  const flags = Buffer.from([OVERRIDE_FLAG | (router ? ROUTER_FLAG : 0), 0, 0, 0])
  const allNodes = Buffer.from('ff020000000000000000000000000001', 'hex')
  const option = Buffer.concat([Buffer.from([2, 1]), mac])
  return icmpv6(mac, ip, allNodes, NEIGHBOUR_ADVERTISEMENT, Buffer.concat([flags, ip, option]))
}

function duplicateSolicitation(ip: Buffer, mac: Buffer): Buffer {
  const solicitedNode = Buffer.concat([Buffer.from('ff0200000000000000000001ff', 'hex'), ip.subarray(13)])
  return icmpv6(mac, Buffer.alloc(16), solicitedNode, NEIGHBOUR_SOLICITATION, Buffer.concat([Buffer.alloc(4), ip]))
}

function icmpv6(mac: Buffer, source: Buffer, multicast: Buffer, type: number, body: Buffer): Buffer {
  const message = Buffer.concat([Buffer.from([type, 0, 0, 0]), body])
  const pseudo = Buffer.concat([source, multicast, Buffer.from([0, 0, 0, message.length, 0, 0, 0, NEXT_HEADER_ICMPV6])])
  message.writeUInt16BE(checksum(Buffer.concat([pseudo, message])), 2)
  const header = Buffer.from([0x60, 0, 0, 0, 0, message.length, NEXT_HEADER_ICMPV6, 255])
  const destination = Buffer.concat([Buffer.from([0x33, 0x33]), multicast.subarray(12)])
  return Buffer.concat([ethernet(destination, mac, ETHERTYPE_IPV6), header, source, multicast, message])
}

function ethernet(destination: Buffer, source: Buffer, type: number): Buffer {
  return Buffer.concat([destination, source, Buffer.from([type >> 8, type & 0xff])])
}

function checksum(bytes: Buffer): number {
  let sum = 0
  for (let at = 0; at < bytes.length; at += 2) sum += bytes.readUInt16BE(at)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16)
  return ~sum & 0xffff
}
