import {
  attribute,
  decodeAttributes,
  encodeMessage,
  FLAG_ACK,
  FLAG_CREATE,
  FLAG_DUMP,
  FLAG_REPLACE,
  FLAG_REQUEST,
  textOf,
  uint32Attribute,
} from './netlink.ts'
import type { NetlinkMessage } from './netlink.ts'
import { ipText, macText, networkOf } from './ip.ts'
import type { HostAddress, Link, Placement } from './driver.ts'

const NEW_LINK = 16
const DELETE_LINK = 17
const GET_LINK = 18
const NEW_ADDRESS = 20
const DELETE_ADDRESS = 21
const GET_ADDRESS = 22
const NEW_ROUTE = 24

const AF_INET = 2
const AF_INET6 = 10
const SCOPE_GLOBAL = 0
const SCOPE_LINK = 253
const NO_DUPLICATE_DETECTION = 0x02
const NO_PREFIX_ROUTE = 0x200
const INTERFACE_UP = 0x1
const LOWER_UP = 0x10000
const PERMANENT = 0x80
const MAIN_TABLE = 254
const PROTOCOL_STATIC = 4
const UNICAST = 1
/** Worse than every other route, so that a route of the host's own address is always preferred. */
const WORST_METRIC = 0xfffffffe

/** What a netlink message says about the host. */
export type HostEvent =
  | { readonly type: 'link'; readonly link: Link }
  | { readonly type: 'link-gone'; readonly index: number }
  | { readonly type: 'address'; readonly address: HostAddress }
  | { readonly type: 'address-gone'; readonly address: HostAddress }

export function linkDump(sequence: number): Buffer {
  return encodeMessage(GET_LINK, FLAG_REQUEST | FLAG_DUMP, sequence, Buffer.alloc(16))
}

export function addressDump(sequence: number): Buffer {
  return encodeMessage(GET_ADDRESS, FLAG_REQUEST | FLAG_DUMP, sequence, Buffer.alloc(8))
}

/** Adds the address, or gives it a new lifetime. It is deprecated from birth, so that it never becomes a source address by choice. */
export function placeAddress(sequence: number, index: number, placement: Placement, validSeconds: number): Buffer {
  const { vip } = placement
  const lifetime = Buffer.alloc(16)
  lifetime.writeUInt32LE(validSeconds, 4)
  const flags = vip.family === 6 ? NO_DUPLICATE_DETECTION | (placement.subnetRoute ? 0 : NO_PREFIX_ROUTE) : NO_PREFIX_ROUTE
  return encodeMessage(
    NEW_ADDRESS,
    FLAG_REQUEST | FLAG_ACK | FLAG_CREATE | FLAG_REPLACE,
    sequence,
    addressHeader(index, placement),
    attribute(2, vip.bytes),
    attribute(1, vip.bytes),
    attribute(6, lifetime),
    uint32Attribute(8, flags),
  )
}

export function removeAddress(sequence: number, index: number, placement: Placement): Buffer {
  return encodeMessage(
    DELETE_ADDRESS,
    FLAG_REQUEST | FLAG_ACK,
    sequence,
    addressHeader(index, placement),
    attribute(2, placement.vip.bytes),
    attribute(1, placement.vip.bytes),
  )
}

/** IPv4 only: the way to the VIP's subnet when no other address of the interface makes it. It goes with its source address. */
export function placeSubnetRoute(sequence: number, index: number, placement: Placement): Buffer {
  const { vip } = placement
  const header = Buffer.from([AF_INET, vip.prefix, 0, 0, MAIN_TABLE, PROTOCOL_STATIC, SCOPE_LINK, UNICAST, 0, 0, 0, 0])
  return encodeMessage(
    NEW_ROUTE,
    FLAG_REQUEST | FLAG_ACK | FLAG_CREATE | FLAG_REPLACE,
    sequence,
    header,
    attribute(1, networkOf(vip.bytes, vip.prefix)),
    uint32Attribute(4, index),
    attribute(7, vip.bytes),
    uint32Attribute(6, WORST_METRIC),
  )
}

/** Reads a link or address message; null for everything else. */
export function hostEvent(message: NetlinkMessage): HostEvent | null {
  switch (message.type) {
    case NEW_LINK: {
      const link = linkOf(message.body)
      return link === null ? null : { type: 'link', link }
    }
    case DELETE_LINK:
      return message.body.length < 16 ? null : { type: 'link-gone', index: message.body.readInt32LE(4) }
    case NEW_ADDRESS:
    case DELETE_ADDRESS: {
      const address = addressOf(message.body)
      return address === null ? null : { type: message.type === NEW_ADDRESS ? 'address' : 'address-gone', address }
    }
    default:
      return null
  }
}

function linkOf(body: Buffer): Link | null {
  if (body.length < 16) return null
  const attributes = decodeAttributes(body, 16)
  const name = attributes.get(3)
  if (name === undefined) return null
  const mac = attributes.get(1)
  const flags = body.readUInt32LE(8)
  return {
    index: body.readInt32LE(4),
    name: textOf(name),
    mac: mac?.length === 6 ? macText(mac) : null,
    up: (flags & INTERFACE_UP) !== 0 && (flags & LOWER_UP) !== 0,
  }
}

function addressOf(body: Buffer): HostAddress | null {
  const family = body[0]
  if (body.length < 8 || (family !== AF_INET && family !== AF_INET6)) return null
  const attributes = decodeAttributes(body, 8)
  const ip = attributes.get(2) ?? attributes.get(1)
  if (ip === undefined || ip.length !== (family === AF_INET ? 4 : 16)) return null
  return { index: body.readUInt32LE(4), ip: ipText(ip), prefix: body[1] ?? 0, permanent: ((body[2] ?? 0) & PERMANENT) !== 0 }
}

function addressHeader(index: number, placement: Placement): Buffer {
  const v4 = placement.vip.family === 4
  const header = Buffer.from([v4 ? AF_INET : AF_INET6, placement.prefix, 0, SCOPE_GLOBAL, 0, 0, 0, 0])
  header.writeUInt32LE(index, 4)
  return header
}
