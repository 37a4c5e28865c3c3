import type { Message } from '../../model/index.ts'
import { isBeat } from './beat-shape.ts'
import { messageSchema } from './message-schema.ts'

/** The version of the envelope that this program writes and reads. */
const wireVersion = 1
/** The largest message that is sent or read; snapshots are the largest there are. */
export const wireBytesMax = 8 * 2 ** 20

/** What arrived, judged. A message of another cluster or a later version is not damaged, only not for us. */
export type Decoded = { readonly verdict: 'message'; readonly message: Message } | { readonly verdict: 'malformed' | 'foreign' | 'future' }

const textEncoder = new TextEncoder()
const textDecoder = new TextDecoder('utf-8', { fatal: true })

export function encodeMessage(cluster: string, message: Message): Uint8Array {
  return textEncoder.encode(JSON.stringify({ v: wireVersion, cluster, message }))
}

/** Judges the bytes of one message. Never throws, whatever the bytes are. */
export function decodeMessage(cluster: string, bytes: Uint8Array): Decoded {
  if (bytes.length > wireBytesMax) return { verdict: 'malformed' }
  let envelope: unknown
  try {
    envelope = JSON.parse(textDecoder.decode(bytes))
  } catch {
    return { verdict: 'malformed' }
  }
  if (typeof envelope !== 'object' || envelope === null || !('v' in envelope) || !Number.isSafeInteger(envelope.v))
    return { verdict: 'malformed' }
  const version = Number(envelope.v)
  if (version > wireVersion) return { verdict: 'future' }
  if (version < wireVersion || !('cluster' in envelope) || typeof envelope.cluster !== 'string') return { verdict: 'malformed' }
  if (envelope.cluster !== cluster) return { verdict: 'foreign' }
  const message = 'message' in envelope ? envelope.message : undefined
  if (isBeat(message)) return { verdict: 'message', message }
  const parsed = messageSchema.safeParse(message)
  return parsed.success ? { verdict: 'message', message: parsed.data } : { verdict: 'malformed' }
}
