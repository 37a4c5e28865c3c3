import type { z } from 'zod'
import { judge } from '../../judge.ts'
import type { Beat, Message, NodeId } from '../../model/index.ts'
import { createMemory, nameOf, pagesOf, parse, partKinds, partsOf } from './beat-parts.ts'
import type { Memory, PartKind, Parts } from './beat-parts.ts'
import type { Stamp } from './copies.ts'
import { beatNewsSchema, beatPagesMax, messageSchema, stampSchema, wantsSchema } from './message-schema.ts'
import type { Wants } from './message-schema.ts'

/** The version of the envelope that this program writes and reads. */
const wireVersion = 4
/** The largest message that is sent or read; snapshots are the largest there are. */
export const wireBytesMax = 8 * 2 ** 20
/** A page that is no longer than this comes along with every beat: to ask for it would cost more than that. */
const shortBytes = 1024

/** What arrived, judged. A message of another cluster or a later version is not damaged, only not for us. */
export type Decoded =
  | { readonly verdict: 'message'; readonly message: Message; readonly stamp?: Stamp }
  /** A beat that names parts which have not been read here: it counts as lost. */
  | { readonly verdict: 'incomplete'; readonly from: NodeId; readonly missing: readonly string[]; readonly stamp?: Stamp }
  | { readonly verdict: 'wants'; readonly wants: Wants }
  | { readonly verdict: 'malformed' | 'foreign' | 'future' }

/** Judges the bytes of one message. Never throws, whatever the bytes are. */
export type Decoder = (bytes: Uint8Array) => Decoded

const newline = 0x0a
const textEncoder = new TextEncoder()

/** Writes the messages of one node. */
export interface Encoder {
  encode(message: Message, stamp?: Stamp): Uint8Array
  /** Somebody has not read these pages: they come along with the next beat. */
  want(parts: readonly string[]): void
}

interface Page {
  readonly text: string
  readonly name: string
}

interface Written {
  readonly value: unknown
  readonly pages: readonly Page[]
}

/**
 * JSON in an envelope. A beat says in its first line what is new in every beat, and names the rest, page by page, by what it says. A page stands
 * in a line of its own where it is new, short, or asked for: ten times a second it is the same, and of a thousand groups there are many. What
 * goes over several planes bears a stamp.
 */
export function createEncoder(cluster: string): Encoder {
  const written = new Map<PartKind, Written>()
  const wanted = new Set<string>()
  /** What is the same object as the last time says the same. */
  const write = (kind: PartKind, part: Parts[PartKind]): readonly Page[] => {
    const before = written.get(kind)
    if (before !== undefined && before.value === part) return before.pages
    const known = new Map(before?.pages.map((page) => [page.text, page]))
    const pages = pagesOf(kind, part).map((text) => known.get(text) ?? { text, name: nameOf(text) })
    for (const { text, name } of pages) if (!known.has(text)) wanted.add(name)
    written.set(kind, { value: part, pages })
    return pages
  }
  const encodeBeat = (beat: Beat, envelope: object): Uint8Array => {
    const parts = partsOf(beat)
    const all = partKinds.map((kind) => write(kind, parts[kind]))
    const lines = all.flat().filter(({ text, name }) => text.length <= shortBytes || wanted.has(name))
    wanted.clear()
    const { from, sentAt, echoes } = beat
    const news = { ...envelope, beat: { from, sentAt, echoes, parts: all.map((pages) => pages.map(({ name }) => name)) } }
    return textEncoder.encode([JSON.stringify(news), ...lines.map(({ text }) => text)].join('\n'))
  }
  return {
    encode(message, stamp) {
      const envelope = { v: wireVersion, cluster, ...(stamp === undefined ? {} : { stamp }) }
      return message.type === 'beat' ? encodeBeat(message, envelope) : textEncoder.encode(JSON.stringify({ ...envelope, message }))
    },
    want(parts) {
      for (const name of parts) wanted.add(name)
    },
  }
}

/** One message for somebody who has read nothing before. */
export function encodeMessage(cluster: string, message: Message, stamp?: Stamp): Uint8Array {
  return createEncoder(cluster).encode(message, stamp)
}

/** What tells a node that parts of its beats are missing here. */
export function encodeWants(cluster: string, wants: Wants): Uint8Array {
  return textEncoder.encode(JSON.stringify({ v: wireVersion, cluster, wants }))
}

export function createDecoder(cluster: string): Decoder {
  const memory = createMemory()
  return (bytes) => {
    if (bytes.length > wireBytesMax) return { verdict: 'malformed' }
    const [first = bytes, ...others] = linesOf(bytes)
    const envelope = parse(first)
    if (typeof envelope !== 'object' || envelope === null || !('v' in envelope) || !Number.isSafeInteger(envelope.v))
      return { verdict: 'malformed' }
    const version = Number(envelope.v)
    if (version > wireVersion) return { verdict: 'future' }
    if (version < wireVersion || !('cluster' in envelope) || typeof envelope.cluster !== 'string') return { verdict: 'malformed' }
    if (envelope.cluster !== cluster) return { verdict: 'foreign' }
    if ('beat' in envelope) return stamped(envelope, beatIn(envelope.beat, memory, others))
    return others.length > 0 ? { verdict: 'malformed' } : stamped(envelope, oneLineIn(envelope))
  }
}

function stamped(envelope: object, decoded: Decoded): Decoded {
  if (!('stamp' in envelope) || (decoded.verdict !== 'message' && decoded.verdict !== 'incomplete')) return decoded
  const stamp = shaped(stampSchema, envelope.stamp)
  return stamp === null ? { verdict: 'malformed' } : { ...decoded, stamp }
}

function oneLineIn(envelope: object): Decoded {
  const message = 'message' in envelope ? shaped(messageSchema, envelope.message) : null
  if (message !== null) return { verdict: 'message', message }
  const wants = 'wants' in envelope ? shaped(wantsSchema, envelope.wants) : null
  return wants === null ? { verdict: 'malformed' } : { verdict: 'wants', wants }
}

/** The first line and at most one for each page: no more are of any use. */
function linesOf(bytes: Uint8Array): readonly Uint8Array[] {
  const lines: Uint8Array[] = []
  let begin = 0
  while (lines.length < beatPagesMax) {
    const end = bytes.indexOf(newline, begin)
    if (end === -1) break
    lines.push(bytes.subarray(begin, end))
    begin = end + 1
  }
  return [...lines, bytes.subarray(begin)]
}

function beatIn(value: unknown, memory: Memory, brought: readonly Uint8Array[]): Decoded {
  const news = shaped(beatNewsSchema, value)
  const parts = news === null ? null : memory.read(news.parts, brought)
  if (news === null || parts === null) return { verdict: 'malformed' }
  const { from, sentAt, echoes } = news
  if ('missing' in parts) return { verdict: 'incomplete', from, missing: parts.missing }
  const { rest, holds, promises, fitness } = parts
  return { verdict: 'message', message: { ...rest, from, sentAt, echoes, holds, promises, report: { ...rest.report, fitness } } }
}

function shaped<T>(schema: z.ZodType<T>, value: unknown): T | null {
  return judge(schema, value)?.data ?? null
}
