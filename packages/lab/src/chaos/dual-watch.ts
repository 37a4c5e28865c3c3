/** Two holders at once over a run of any length: judged in windows that overlap, of which only the findings are kept. Pure. */
import type { Evidence } from '../analysis/holders.ts'
import { mergeWindows, overlapsOf, tenuresOf } from '../analysis/holders.ts'
import type { Window } from '../analysis/outage.ts'

export class DualWatch {
  private found: readonly Window[] = []

  /**
   * Judges what was seen lately. Consecutive calls must share more than the longest pause of a tenure: then signs that belong
   * together are together in one of them.
   */
  feed(evidence: readonly Evidence[]): void {
    this.found = mergeWindows([...this.found, ...overlapsOf(tenuresOf(evidence))])
  }

  /** When two or more served, in order. */
  get overlaps(): readonly Window[] {
    return this.found
  }

  get totalMs(): number {
    return this.found.reduce((sum, { from, to }) => sum + to - from, 0)
  }
}
