/**
 * Messages as RFC 1035 and RFC 2136 lay them out, as far as movip writes them. `dns-packet` reads what comes back; it cannot write updates,
 * whose records have no data or the class NONE.
 */

export const TYPES = { A: 1, CNAME: 5, SOA: 6, TXT: 16, AAAA: 28, TSIG: 250, ANY: 255 } as const
export const CLASSES = { IN: 1, NONE: 254, ANY: 255 } as const
export const OPCODES = { query: 0, update: 5 } as const

/** One record of a message. Without data it stands for all that its class says (RFC 2136, 2.4 and 2.5). */
export interface WireRecord {
  readonly name: string
  readonly type: number
  readonly class: number
  readonly ttlS: number
  readonly data: Buffer
}

/** What is asked for, or in an update the zone that is changed. */
export interface Asked {
  readonly name: string
  readonly type: number
}

export interface Message {
  readonly id: number
  readonly opcode: number
  readonly asked: Asked
  /** In an update: what has to be so for it to be done. */
  readonly prerequisites: readonly WireRecord[]
  readonly updates: readonly WireRecord[]
}

const HEADER_LENGTH = 12
const LABEL_MAX = 63
const TEXT_MAX = 255

export function encodeMessage({ id, opcode, asked, prerequisites, updates }: Message): Buffer {
  const header = Buffer.alloc(HEADER_LENGTH)
  const counts = [1, prerequisites.length, updates.length, 0]
  for (const [index, value] of [id, opcode << 11, ...counts].entries()) header.writeUInt16BE(value, index * 2)
  const question = Buffer.concat([encodeName(asked.name), words(asked.type, CLASSES.IN)])
  return Buffer.concat([header, question, ...[...prerequisites, ...updates].map(encodeRecord)])
}

export function encodeRecord(record: WireRecord): Buffer {
  const ttl = Buffer.alloc(4)
  ttl.writeUInt32BE(record.ttlS)
  return Buffer.concat([encodeName(record.name), words(record.type, record.class), ttl, words(record.data.length), record.data])
}

/** Uncompressed and in lower case, as signatures need it. */
export function encodeName(name: string): Buffer {
  const labels = name
    .toLowerCase()
    .split('.')
    .filter((label) => label !== '')
  const parts = labels.map((label) => {
    const text = Buffer.from(label, 'latin1')
    if (text.length > LABEL_MAX) throw new RangeError(`${label} is longer than a label of DNS`)
    return Buffer.concat([Buffer.from([text.length]), text])
  })
  return Buffer.concat([...parts, Buffer.alloc(1)])
}

/** An address as its 4 or 16 bytes. */
export function addresses(text: string): Buffer {
  if (!text.includes(':')) return Buffer.from(text.split('.').map(Number))
  const [head = '', tail] = text.split('::')
  const left = groupsOf(head)
  const right = groupsOf(tail ?? '')
  return words(...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right)
}

const groupsOf = (text: string): readonly number[] => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)))

/** A text in pieces of 255 bytes at most. */
export function texts(text: string): Buffer {
  const bytes = Buffer.from(text)
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length; at += TEXT_MAX) {
    const piece = bytes.subarray(at, at + TEXT_MAX)
    pieces.push(Buffer.from([piece.length]), piece)
  }
  return Buffer.concat(pieces)
}

/** Numbers of 16 bits each. */
export function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2)
  for (const [index, value] of values.entries()) bytes.writeUInt16BE(value, index * 2)
  return bytes
}

/** Where the last record of a message begins. Throws `RangeError` where the message ends before its records do. */
export function lastRecordOffset(message: Buffer): number {
  const count = (index: number): number => message.readUInt16BE(4 + index * 2)
  let offset = HEADER_LENGTH
  for (let left = count(0); left > 0; left -= 1) offset = afterName(message, offset) + 4
  let last = offset
  for (let left = count(1) + count(2) + count(3); left > 0; left -= 1) {
    last = offset
    const fixed = afterName(message, offset)
    offset = fixed + 10 + message.readUInt16BE(fixed + 8)
  }
  return last
}

function afterName(message: Buffer, start: number): number {
  for (let offset = start; ;) {
    const length = message.readUInt8(offset)
    if (length === 0) return offset + 1
    // A pointer ends the name.
    if (length >= 0xc0) return offset + 2
    offset += 1 + length
  }
}
