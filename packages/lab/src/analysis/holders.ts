/**
 * Did two nodes serve at once? Pure.
 *
 * Evidence is a moment at which a node was seen to serve: it gave an answer (by its own stamp, so that one still under
 * way when the next node began is not held against it), or a frame of it spoke for the VIP. A *tenure* of a node is a
 * run of its evidence without a pause longer than `pauseMs`; the observer asks every 5 ms, so a node that serves shows
 * ten times in that long, and no lawful move away and back is as quick. Two nodes served at once while tenures of both
 * ran: from A's sign before B's first to A's last after it. Where tenures merely touch in one instant, the overlap counts
 * as one pitch, so that a single stray sign within another's tenure cannot hide by having no length.
 */
import type { Window } from './outage.ts'
import type { Answer, Sighting } from './record.ts'

export interface Evidence {
  readonly at: number
  readonly node: string
}

export interface Tenure {
  readonly node: string
  readonly from: number
  readonly to: number
}

export interface TenureOptions {
  /** How often evidence is asked for. */
  readonly pitchMs: number
  /** A longer pause ends a tenure. */
  readonly pauseMs: number
}

const TENURE: TenureOptions = { pitchMs: 5, pauseMs: 50 }

export function evidenceOfAnswers(answers: readonly Answer[]): readonly Evidence[] {
  return answers.map(({ answeredAt, by }) => ({ at: answeredAt, node: by }))
}

export function evidenceOfSightings(sightings: readonly Sighting[]): readonly Evidence[] {
  return sightings.map(({ at, host }) => ({ at, node: host }))
}

/** Runs of evidence, each node by itself, in order of their beginning. */
export function tenuresOf(evidence: readonly Evidence[], { pauseMs }: TenureOptions = TENURE): readonly Tenure[] {
  const tenures: { node: string; from: number; to: number }[] = []
  const current = new Map<string, { node: string; from: number; to: number }>()
  for (const { at, node } of evidence.toSorted((a, b) => a.at - b.at)) {
    const running = current.get(node)
    if (running !== undefined && at - running.to <= pauseMs) {
      running.to = at
      continue
    }
    const fresh = { node, from: at, to: at }
    tenures.push(fresh)
    current.set(node, fresh)
  }
  return tenures
}

/** When two or more nodes served at once, merged and in order. */
export function overlapsOf(tenures: readonly Tenure[], { pitchMs }: TenureOptions = TENURE): readonly Window[] {
  const overlaps: { from: number; to: number }[] = []
  const pairs = tenures.flatMap((a, i) => tenures.slice(i + 1).map((b) => [a, b] as const))
  for (const [a, b] of pairs) {
    const from = Math.max(a.from, b.from)
    const to = Math.min(a.to, b.to)
    if (a.node !== b.node && to >= from) overlaps.push({ from, to: Math.max(to, from + pitchMs) })
  }
  return mergeWindows(overlaps)
}

/** The same time in windows that do not touch, in order. */
export function mergeWindows(windows: readonly Window[]): readonly Window[] {
  const merged: { from: number; to: number }[] = []
  for (const window of windows.toSorted((a, b) => a.from - b.from)) {
    const last = merged.at(-1)
    if (last !== undefined && window.from <= last.to) last.to = Math.max(last.to, window.to)
    else merged.push({ ...window })
  }
  return merged
}

/** Total time during which two or more nodes served at once, by this evidence. */
export function dualHolderMs(evidence: readonly Evidence[], options: TenureOptions = TENURE): number {
  return overlapsOf(tenuresOf(evidence, options), options).reduce((sum, { from, to }) => sum + to - from, 0)
}
