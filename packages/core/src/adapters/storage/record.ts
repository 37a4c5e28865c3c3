import { crc32 } from 'node:zlib'

/**
 * One value on disk: eight hex digits of CRC32, then JSON that names its own key,
 * so that neither a flipped bit nor a value under another's key goes unseen.
 */
export function encodeRecord(key: string, value: object): Buffer {
  const body = Buffer.from(JSON.stringify({ key, value }))
  return Buffer.concat([Buffer.from(crc32(body).toString(16).padStart(8, '0')), body])
}

/** The value of a record, or why it cannot be one. Never throws, whatever the bytes are. */
export function decodeRecord(key: string, bytes: Uint8Array): { readonly value: object } | { readonly damage: string } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const body = buffer.subarray(8)
  if (buffer.length < 8 || buffer.toString('latin1', 0, 8) !== crc32(body).toString(16).padStart(8, '0')) {
    return { damage: `the checksum of record "${key}" does not match its content` }
  }
  const record = parse(body)
  if (!isObject(record) || !('key' in record) || !('value' in record) || !isObject(record.value)) {
    return { damage: `record "${key}" is not written as movip writes records` }
  }
  if (record.key !== key) {
    const other = typeof record.key === 'string' ? `record "${record.key.slice(0, 60)}"` : 'another record'
    return { damage: `record "${key}" holds the value of ${other}` }
  }
  return { value: record.value }
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
