import type { z } from 'zod'
import { judge } from '../../judge.ts'
import type { Message } from '../../model/index.ts'
import type { Stamp } from './copies.ts'
import { type BeatRest, beatNewsSchema, beatRestSchema, messageSchema, stampSchema } from './message-schema.ts'

/** The version of the envelope that this program writes and reads. */
const wireVersion = 2
/** The largest message that is sent or read; snapshots are the largest there are. */
export const wireBytesMax = 8 * 2 ** 20

/** What arrived, judged. A message of another cluster or a later version is not damaged, only not for us. */
export type Decoded =
  | { readonly verdict: 'message'; readonly message: Message; readonly stamp?: Stamp }
  | { readonly verdict: 'malformed' | 'foreign' | 'future' }

/** Judges the bytes of one message. Never throws, whatever the bytes are. */
export type Decoder = (bytes: Uint8Array) => Decoded

const newline = 0x0a
const textEncoder = new TextEncoder()
const textDecoder = new TextDecoder('utf-8', { fatal: true })

/**
 * JSON in an envelope. A beat takes two lines, first what is new in every beat, then the rest: ten times a second it is the same, and who has
 * read it once need not read it again. What goes over several planes bears a stamp; a program from before there were any reads past it.
 */
export function encodeMessage(cluster: string, message: Message, stamp?: Stamp): Uint8Array {
  const envelope = { v: wireVersion, cluster, ...(stamp === undefined ? {} : { stamp }) }
  if (message.type !== 'beat') return textEncoder.encode(JSON.stringify({ ...envelope, message }))
  const { sentAt, echoes, ...rest } = message
  return textEncoder.encode(`${JSON.stringify({ ...envelope, beat: { sentAt, echoes } })}\n${JSON.stringify(rest)}`)
}

export function createDecoder(cluster: string): Decoder {
  const memory = createMemory()
  return (bytes) => {
    if (bytes.length > wireBytesMax) return { verdict: 'malformed' }
    const end = bytes.indexOf(newline)
    const envelope = parse(end === -1 ? bytes : bytes.subarray(0, end))
    if (typeof envelope !== 'object' || envelope === null || !('v' in envelope) || !Number.isSafeInteger(envelope.v))
      return { verdict: 'malformed' }
    const version = Number(envelope.v)
    if (version > wireVersion) return { verdict: 'future' }
    if (version < wireVersion || !('cluster' in envelope) || typeof envelope.cluster !== 'string') return { verdict: 'malformed' }
    if (envelope.cluster !== cluster) return { verdict: 'foreign' }
    const message = end === -1 ? messageIn(envelope) : beatIn(envelope, memory.read(bytes.subarray(end + 1)))
    return message === null ? { verdict: 'malformed' } : stamped(envelope, message)
  }
}

function stamped(envelope: object, message: Message): Decoded {
  if (!('stamp' in envelope)) return { verdict: 'message', message }
  const stamp = shaped(stampSchema, envelope.stamp)
  return stamp === null ? { verdict: 'malformed' } : { verdict: 'message', message, stamp }
}

function messageIn(envelope: object): Message | null {
  return shaped(messageSchema, 'message' in envelope ? envelope.message : undefined)
}

function beatIn(envelope: object, rest: BeatRest | null): Message | null {
  const news = shaped(beatNewsSchema, 'beat' in envelope ? envelope.beat : undefined)
  return news !== null && rest !== null ? { ...rest, ...news } : null
}

function shaped<T>(schema: z.ZodType<T>, value: unknown): T | null {
  return judge(schema, value)?.data ?? null
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(textDecoder.decode(bytes))
  } catch {
    return undefined
  }
}

/** Of so many senders the last beat is remembered, unless it is very large; more only cost time. */
const rememberedMax = 16
const rememberedBytesMax = 64 * 2 ** 10

interface Memory {
  read(bytes: Uint8Array): BeatRest | null
}

/** Reads the rest of beats; the same bytes as last time mean the same object. */
function createMemory(): Memory {
  let known: { readonly bytes: Buffer; readonly rest: BeatRest }[] = []
  return {
    read(bytes) {
      const before = known.find((last) => last.bytes.equals(bytes))
      if (before !== undefined) return before.rest
      const rest = shaped(beatRestSchema, parse(bytes))
      if (rest === null) return null
      if (bytes.length > rememberedBytesMax) return rest
      // A copy: what arrived together shares one buffer.
      known = [{ bytes: Buffer.from(bytes), rest }, ...known.filter((last) => last.rest.from !== rest.from)].slice(0, rememberedMax)
      return rest
    },
  }
}
