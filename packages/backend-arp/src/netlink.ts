/**
 * Netlink messages as bytes: a 16-byte header, a fixed body, attributes. Host byte order is little-endian; on a
 * big-endian machine the command-line driver is used instead. Reading never throws: what does not fit is left out.
 */

export const FLAG_REQUEST = 0x1
export const FLAG_ACK = 0x4
export const FLAG_DUMP = 0x300
export const FLAG_REPLACE = 0x100
export const FLAG_CREATE = 0x400

const TYPE_ERROR = 2
export const TYPE_DONE = 3

const HEADER_BYTES = 16
export const ATTRIBUTE_HEADER_BYTES = 4
export const NESTED = 0x8000
const TYPE_MASK = 0x3fff

export interface NetlinkMessage {
  readonly type: number
  readonly flags: number
  readonly sequence: number
  readonly body: Buffer
}

export type Attributes = ReadonlyMap<number, Buffer>

/** One message with its header. */
export function encodeMessage(type: number, flags: number, sequence: number, ...parts: readonly Buffer[]): Buffer {
  const message = Buffer.concat([Buffer.alloc(HEADER_BYTES), ...parts])
  message.writeUInt32LE(message.length, 0)
  message.writeUInt16LE(type, 4)
  message.writeUInt16LE(flags, 6)
  message.writeUInt32LE(sequence, 8)
  return Buffer.concat([message, Buffer.alloc(padding(message.length))])
}

/** One attribute, padded to four bytes. */
export function attribute(type: number, ...value: readonly Buffer[]): Buffer {
  const length = value.reduce((sum, part) => sum + part.length, ATTRIBUTE_HEADER_BYTES)
  const bytes = Buffer.alloc(length + padding(length))
  let at = writeAttributeHeader(bytes, 0, type, length)
  for (const part of value) at += part.copy(bytes, at)
  return bytes
}

/** Returns where its value stands. `length`: with the header, without the padding. */
export function writeAttributeHeader(bytes: Buffer, at: number, type: number, length: number): number {
  bytes.writeUInt16LE(length, at)
  return bytes.writeUInt16LE(type, at + 2)
}

/** An attribute that holds attributes. */
export function nested(type: number, ...parts: readonly Buffer[]): Buffer {
  return attribute(type | NESTED, ...parts)
}

/** A zero-terminated string. */
export function stringAttribute(type: number, text: string): Buffer {
  return attribute(type, Buffer.from(`${text}\0`))
}

export function uint32Attribute(type: number, value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return attribute(type, bytes)
}

/** All whole messages of one datagram. */
export function decodeMessages(datagram: Buffer): readonly NetlinkMessage[] {
  const messages: NetlinkMessage[] = []
  for (let at = 0; at + HEADER_BYTES <= datagram.length;) {
    const length = datagram.readUInt32LE(at)
    if (length < HEADER_BYTES || at + length > datagram.length) break
    messages.push({
      type: datagram.readUInt16LE(at + 4),
      flags: datagram.readUInt16LE(at + 6),
      sequence: datagram.readUInt32LE(at + 8),
      body: datagram.subarray(at + HEADER_BYTES, at + length),
    })
    at += (length + 3) & ~3
  }
  return messages
}

/** The attributes from `offset` on, by type; of a repeated type the last. */
export function decodeAttributes(bytes: Buffer, offset = 0): Attributes {
  return new Map(listAttributes(bytes, offset))
}

/** The attributes from `offset` on, in order. */
export function listAttributes(bytes: Buffer, offset = 0): readonly (readonly [number, Buffer])[] {
  const found: (readonly [number, Buffer])[] = []
  for (let at = offset; at + 4 <= bytes.length;) {
    const length = bytes.readUInt16LE(at)
    if (length < 4 || at + length > bytes.length) break
    found.push([bytes.readUInt16LE(at + 2) & TYPE_MASK, bytes.subarray(at + 4, at + length)])
    at += (length + 3) & ~3
  }
  return found
}

/** The errno of an answer: 0 for an acknowledgement, null when the message is no answer. The kernel writes errors as negative numbers. */
export function errnoOf(message: NetlinkMessage): number | null {
  if (message.type !== TYPE_ERROR || message.body.length < 4) return null
  const code = message.body.readInt32LE(0)
  return code > 0 ? null : Math.abs(code)
}

/** A string attribute without its terminator. */
export function textOf(value: Buffer): string {
  const end = value.indexOf(0)
  return value.toString('utf8', 0, end === -1 ? value.length : end)
}

function padding(length: number): number {
  return -length & 3
}
