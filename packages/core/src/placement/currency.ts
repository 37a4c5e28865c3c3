import type { NodeId } from '../model/index.ts'
import type { Candidate } from './place.ts'
import { comparePositions, isComparable, parsePosition } from './position.ts'
import type { Position } from './position.ts'

/** Who could take the group by how current the data of each is, or why that cannot be told. */
export interface Currency {
  /** The most current first; who is equally current stays in the order that it came in. */
  readonly ranked: readonly Candidate[]
  /** What is to be said of the data of each node. */
  readonly words: ReadonlyMap<NodeId, string>
  /** Why the data does not decide; null: it does. */
  readonly problem: string | null
  /** Who of them has data that this node lacks, and did not fail to bring the group up; absent: nobody is known. */
  readonly aheadOf: (node: NodeId, among: readonly Candidate[]) => NodeId | undefined
  /** What the cause of a move to that node is to tell; absent: data made no difference. */
  readonly firstFor: (node: NodeId | undefined) => string | undefined
}

interface Told {
  readonly candidate: Candidate
  readonly position: Position | null
}

/** Orders those who could take the group, the best first, by their data. Pure. */
export function byCurrency(open: readonly Candidate[]): Currency {
  const told = open.map((candidate): Told => ({ candidate, position: parsePosition(candidate.position ?? '') }))
  const problem = problemOf(told)
  if (problem !== null) return { ranked: open, words: new Map(), problem, aheadOf: noNode, firstFor: () => problem }
  const sorted = told.toSorted((a, b) => compare(b.position, a.position))
  const best = sorted[0]?.position ?? null
  const words = new Map(sorted.map(({ candidate, position }) => [candidate.node, wordOf(candidate, compare(position, best))]))
  // Who could not bring the group up is no help, however current.
  const ranked = sorted.map(({ candidate }) => candidate).toSorted((a, b) => Number(a.failedLately) - Number(b.failedLately))
  const of = (node: NodeId | undefined): Position | null => told.find(({ candidate }) => candidate.node === node)?.position ?? null
  return {
    ranked,
    words,
    problem,
    aheadOf: (node, among) =>
      sorted.find(({ candidate, position }) => !candidate.failedLately && among.includes(candidate) && compare(position, of(node)) > 0)
        ?.candidate.node,
    firstFor: (node) =>
      node !== undefined && ranked[0]?.node === node && ranked[0] !== open[0] ? `${node} has the most current data` : undefined,
  }
}

function noNode(): undefined {
  return undefined
}

/** Nothing is further than something. */
function compare(a: Position | null, b: Position | null): number {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null)
  return comparePositions(a, b)
}

function problemOf(told: readonly Told[]): string | null {
  const known = told.filter(({ position }) => position !== null)
  const [one] = known
  if (one === undefined) return told.length === 0 ? null : 'no node tells how current its data is in a form that compares'
  const other = known.find(({ position }) => position !== null && one.position !== null && !isComparable(one.position, position))
  if (other === undefined) return null
  return `the data of ${one.candidate.node} (${one.candidate.position}) does not compare with that of ${other.candidate.node} (${other.candidate.position})`
}

function wordOf({ position }: Candidate, toBest: number): string {
  if (position === undefined) return 'does not tell how current its data is; '
  return toBest < 0 ? `data at ${position}, which others are ahead of; ` : `data at ${position}, the most current; `
}
