import type { CheckSpec, Instant } from '../model/index.ts'

/** Counts how often a check had its service restarted. Each is forgotten after its time. */
export class Rescues {
  readonly limit: NonNullable<CheckSpec['restart']>
  private starts: readonly Instant[] = []

  constructor(limit: NonNullable<CheckSpec['restart']>) {
    this.limit = limit
  }

  /** Whether one more is allowed; if so it is counted. */
  take(now: Instant): boolean {
    if (this.count(now) >= this.limit.max) return false
    this.starts = [...this.starts, now]
    return true
  }

  count(now: Instant): number {
    this.starts = this.starts.filter((at) => now - at < this.limit.withinMs)
    return this.starts.length
  }
}
