import type { ClusterSpec, Incarnation, Instant, Message, NodeId, PlaneName, Stored, Write } from './model/index.ts'

/** Time of this node alone. Never the wall clock. */
export interface Clock {
  /** Monotonic milliseconds, fractional. Counts on through system suspend where the kernel allows. */
  now(): Instant
  /** Calls back once at or after `at`; returns a cancel function. */
  at(at: Instant, callback: () => void): () => void
}

/** Best effort: a message may be lost, doubled, delayed or overtaken. Never blocks, never throws. */
export interface Transport {
  send(to: NodeId | 'all', message: Message): void
  /** The one receiver of well-formed messages of this cluster that are meant for this node. */
  onMessage(receiver: (message: Message) => void): void
  status(): TransportStatus
  close(): Promise<void>
}
export interface TransportStatus {
  readonly connected: boolean
  readonly server: string | null
  readonly serverRestarts: number
  readonly received: number
  readonly sent: number
  /** Dropped messages by cause. */
  readonly dropped: { readonly malformed: number; readonly foreign: number; readonly future: number }
  readonly lastError: string | null
  /** Each plane by itself. A daemon from before there were several says nothing of them. */
  readonly planes?: readonly PlaneStatus[]
}
export interface PlaneStatus {
  readonly name: PlaneName
  readonly kind: 'embedded' | 'external'
  readonly connected: boolean
  /** For so long it has been connected, or not. */
  readonly sinceMs: number
  readonly server: string | null
  readonly serverRestarts: number
  readonly sent: number
  readonly lastError: string | null
  /**
   * By each other node that should be heard here, or is: how long ago it was (null: never), and for how long its messages have come over
   * other planes alone (null: they have not).
   */
  readonly nodes: Readonly<Record<NodeId, { readonly heardAgoMs: number | null; readonly missedMs: number | null }>>
}

/** A transport that can be cut off for a while, as a drill asks for it. */
export interface Isolation extends Pick<Transport, 'send' | 'onMessage'> {
  /** From now on and for so long nothing goes out and nothing comes in. It heals by itself, whatever else happens. */
  isolate(forMs: number): void
}

/** One data folder. Writing never blocks the event loop. */
export interface Storage {
  readonly incarnation: Incarnation
  readonly stored: Stored
  /** Starts a write; writes become durable in the order of these calls. */
  write(write: Write): void
  /** The write with this id, and all before it, has been flushed (fdatasync returned). */
  onPersisted(receiver: (id: number) => void): void
  /** Called when writing begins to fail (with the reason) and when it works again (null). Storage retries by itself, in order. */
  onFailing(receiver: (failing: string | null) => void): void
  /** The cluster has refused this folder: it is marked, durably, and never opened again. Blocks; the daemon ends now. */
  refuse(why: string): void
  close(): Promise<void>
}

/** How a data folder is opened. `bootstrap` is used only when the folder is new. */
export interface StorageOptions {
  readonly folder: string
  readonly node: NodeId
  readonly cluster: string
  readonly bootstrap: () => ClusterSpec
  /** It was read as a whole, and nobody has had it since: that takes time. */
  readonly isVerified?: boolean
}

/** One event, one line: a stable event name and fields. */
export interface Logger {
  debug(event: string, fields?: Readonly<Record<string, unknown>>): void
  info(event: string, fields?: Readonly<Record<string, unknown>>): void
  warn(event: string, fields?: Readonly<Record<string, unknown>>): void
  error(event: string, fields?: Readonly<Record<string, unknown>>): void
}
