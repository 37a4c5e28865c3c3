/** What the client lost. Pure. */
import type { ClientRecord } from './record.ts'

export interface Window {
  readonly from: number
  readonly to: number
}

export interface Outage {
  /** When the client began to wait in vain: the first question asked after the last answer. */
  readonly from: number
  readonly lengthMs: number
}

/**
 * The longest stretch in which the client waited for an answer and got none. A stretch lies between two answers that
 * came one after the other and begins with the first question asked after the former: while the client itself did not
 * ask (it was starved, or between two questions) nobody let it wait. A stretch counts for the window in which it ends,
 * one that has not ended for the window in which it began.
 */
export function longestOutage({ sends, answers }: ClientRecord, window: Window): Outage {
  let longest: Outage = { from: window.from, lengthMs: 0 }
  let asked = 0
  const judge = (previous: number, end: number): void => {
    while ((sends[asked] ?? Number.POSITIVE_INFINITY) <= previous) asked++
    const from = sends[asked]
    if (from !== undefined && end - from > longest.lengthMs) longest = { from, lengthMs: end - from }
  }
  let previous = Number.NEGATIVE_INFINITY
  for (const { receivedAt } of answers) {
    if (receivedAt > window.to) break
    if (receivedAt >= window.from) judge(previous === Number.NEGATIVE_INFINITY ? window.from : previous, receivedAt)
    previous = receivedAt
  }
  judge(Math.max(previous, window.from), window.to)
  return longest
}

/** How often another node answered than the one before. An answer counts with the time at which it was given. */
export function countMoves({ answers }: ClientRecord, window: Window): number {
  const given = answers
    .filter((a) => a.answeredAt >= window.from && a.answeredAt <= window.to)
    .toSorted((a, b) => a.answeredAt - b.answeredAt)
  return given.filter((answer, i) => i > 0 && answer.by !== given[i - 1]?.by).length
}
