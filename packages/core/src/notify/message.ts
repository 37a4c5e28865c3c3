import { createHash } from 'node:crypto'
import type { NodeId } from '../model/index.ts'
import type { Notice } from './notice.ts'

/** What one target is told at once. */
export interface NotifyMessage {
  /** The same for every attempt to send it: whoever has seen it may forget it. */
  readonly id: string
  readonly cluster: string
  /** Who tells it. */
  readonly node: NodeId
  /** Wall clock, ISO 8601. */
  readonly at: string
  readonly subject: string
  readonly notices: readonly Notice[]
  /** Notices before these that were too many for one message. */
  readonly omitted: number
  /** Notices that could not be delivered since the last message. */
  readonly lost: number
}

/** What an attempt came to. `isFinal`: another one would come to the same. */
export type Delivery =
  | { readonly ok: true; readonly said: string }
  | { readonly ok: false; readonly why: string; readonly isFinal: boolean }

export type Deliver = (message: NotifyMessage, signal: AbortSignal) => Promise<Delivery>

interface Gathered {
  readonly target: string
  readonly cluster: string
  readonly node: NodeId
  readonly notices: readonly Notice[]
  readonly omitted: number
  readonly lost: number
}

const subjectMax = 150

/** The message that tells what was gathered. */
export function messageOf({ target, cluster, node, notices, omitted, lost }: Gathered): NotifyMessage {
  const words = [cluster, target, ...notices.map(({ id }) => id)].join('\n')
  const id = createHash('sha256').update(words).digest('hex').slice(0, 32)
  const more = notices.length - 1 + omitted
  const first = oneLine(notices[0]?.text ?? '')
  const subject = `[movip ${cluster}] ${first.length > subjectMax ? `${first.slice(0, subjectMax - 1)}…` : first}${more > 0 ? ` (and ${more} more)` : ''}`
  return { id, cluster, node, at: new Date().toISOString(), subject, notices, omitted, lost }
}

/** The message as people read it. */
export function textOf({ notices, omitted, lost, node, cluster }: NotifyMessage): string {
  return [
    ...(omitted > 0 ? [`(and ${omitted} more before)`] : []),
    ...notices.map(({ at, text }) => `${at}  ${oneLine(text)}`),
    ...(lost > 0 ? [`(${lost} before could not be delivered; see the log of ${node})`] : []),
    `-- ${node} of cluster ${cluster}`,
  ].join('\n')
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}
