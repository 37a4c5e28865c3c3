import type { Held } from './records.ts'

/** How a change ended that was understood. */
export type WriteOutcome = 'done' | 'changed-meanwhile'

/** One place that knows where the name points: a name server, or a zone at a provider. */
export interface Store {
  /** What it is called in messages. */
  readonly name: string
  /** Whether it is told where the name points; else it hears that from one that is. */
  readonly isWritten: boolean
  /** Throws `DnsError`. */
  read(signal: AbortSignal): Promise<Held>
  /** All of it or nothing, and only where it still knows `from`. Throws `DnsError`, also where nobody knows whether it was done. */
  write(from: Held, to: Held, signal: AbortSignal): Promise<WriteOutcome>
  /** Resolves once those who ask hear what was written; absent: they do when it is read back. */
  settled?(signal: AbortSignal): Promise<void>
}
