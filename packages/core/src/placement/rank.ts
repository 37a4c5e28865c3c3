import type { NodeId } from '../model/index.ts'
import type { Candidate } from './place.ts'

/** A node that may take a group, and how far down its order of preference it stands, from 0. */
export interface Standing {
  readonly candidate: Candidate
  readonly position: number
}

/** Who could take the group, best first. Who failed lately comes last, but is better than nobody. */
export function rank(candidates: readonly Candidate[], blocked: Readonly<Record<NodeId, string>>): readonly Standing[] {
  const open: Standing[] = []
  for (const [position, candidate] of candidates.entries()) if (blocked[candidate.node] === undefined) open.push({ candidate, position })
  return open.toSorted(byRank)
}

function byRank(a: Standing, b: Standing): number {
  return (
    Number(a.candidate.failedLately) - Number(b.candidate.failedLately) || Number(isStarting(a)) - Number(isStarting(b)) || byMerit(a, b)
  )
}

function isStarting({ candidate }: Standing): boolean {
  return candidate.starting ?? false
}

/** What lasts: the rules of the configuration, and then the order of preference. */
function byMerit(a: Standing, b: Standing): number {
  const left = a.candidate.against?.counts ?? NOTHING
  const right = b.candidate.against?.counts ?? NOTHING
  for (let rule = 0; rule < left.length || rule < right.length; rule += 1) {
    const difference = (left[rule] ?? 0) - (right[rule] ?? 0)
    if (difference !== 0) return difference
  }
  return a.position - b.position
}

const NOTHING: readonly number[] = []

/** The best node, if it deserves the group more than its holder and has not failed or started only just now. */
export function betterThan(owner: NodeId, ranked: readonly Standing[], candidates: readonly Candidate[]): Standing | null {
  const position = candidates.findIndex(({ node }) => node === owner)
  const candidate = candidates[position]
  const best = ranked.find((standing) => standing.candidate.node !== owner)
  if (candidate === undefined || best === undefined || best.candidate.failedLately || isStarting(best)) return null
  return byMerit(best, { candidate, position }) < 0 ? best : null
}

/** What makes the rank of a node, in words. */
export function whyRanked(standing: Standing): string {
  const { candidate, position } = standing
  const order = orders[position] ?? `number ${position + 1} in order of preference`
  const { failedLately, against } = candidate
  if (!failedLately && !isStarting(standing) && against === undefined) return order
  const lately = [...(failedLately ? ['failed lately'] : []), ...(isStarting(standing) ? ['started only just now'] : [])]
  return [...lately, ...(against?.reasons ?? []), order].join('; ')
}

const orders = ['first', 'second', 'third'].map((word) => `${word} in order of preference`)
