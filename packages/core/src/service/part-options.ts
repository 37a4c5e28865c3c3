import type { RestartLimit } from './restarts.ts'

export interface PartOptions {
  /** Its place among the parts of its group. */
  readonly order: number
  readonly startMs: number
  readonly stopMs: number
  /** How often it is looked at while it should run. */
  readonly everyMs: number
  readonly restarts: RestartLimit
  /** Where it is noted that it was started here, for a later life to find it; absent: nowhere. */
  readonly record?: PartRecord
}

interface PartRecord {
  readonly isNoted: () => boolean
  readonly note: (signal: AbortSignal) => Promise<void>
  readonly forget: () => void
}
