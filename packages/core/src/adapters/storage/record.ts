import { crc32 } from 'node:zlib'

/**
 * One value on disk: eight hex digits of CRC32, then JSON that names its own key,
 * so that neither a flipped bit nor a value under another's key goes unseen.
 */
export function encodeRecord(key: string, value: unknown): Buffer {
  const body = Buffer.from(JSON.stringify({ key, value }))
  return Buffer.concat([Buffer.from(crc32(body).toString(16).padStart(8, '0')), body])
}

/** The value of a record, or why it cannot be one. */
export function decodeRecord(key: string, bytes: Uint8Array): { readonly value: unknown } | { readonly damage: string } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const body = buffer.subarray(8)
  if (buffer.length < 8 || buffer.toString('latin1', 0, 8) !== crc32(body).toString(16).padStart(8, '0')) {
    return { damage: `the checksum of record "${key}" does not match its content` }
  }
  const record = JSON.parse(body.toString()) as { readonly key: unknown; readonly value: unknown }
  if (record.key !== key) return { damage: `record "${key}" holds the value of record "${String(record.key)}"` }
  return { value: record.value }
}
