/** What the lab writes down. All times are CLOCK_MONOTONIC in ms, the one clock of all its processes. */
import type { FrameKind } from '../system/frames.ts'

/** One answer that reached the client. */
export interface Answer {
  readonly seq: number
  readonly receivedAt: number
  /** When the node sent it, by the node's own stamp. */
  readonly answeredAt: number
  /** The node that answered. */
  readonly by: string
}

export interface ClientRecord {
  /** When each question was asked, in order. */
  readonly sends: readonly number[]
  /** In the order in which they came. */
  readonly answers: readonly Answer[]
}

/** A host spoke for a VIP: the time at which its frame entered the switch. */
export interface Sighting {
  readonly at: number
  readonly host: string
  readonly kind: FrameKind
}

export interface AddressEvent {
  readonly at: number
  readonly host: string
  readonly ip: string
  readonly added: boolean
}
