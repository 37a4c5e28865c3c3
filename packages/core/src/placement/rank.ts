import type { GroupSpec, NodeId } from '../model/index.ts'
import type { Currency } from './currency.ts'
import type { Against, Candidate, Ranked } from './place.ts'

/** Who could take the group, best first. Who failed lately comes last, but is better than nobody. */
export function rank(candidates: readonly Candidate[], blocked: Readonly<Record<NodeId, string>>): readonly Candidate[] {
  const open = candidates.filter(({ node }) => blocked[node] === undefined)
  // What is equal stays in order of preference, which mostly is all there is.
  return open.some((candidate) => candidate.failedLately || isLate(candidate) || candidate.against !== undefined)
    ? open.toSorted(byRank)
    : open
}

function byRank(a: Candidate, b: Candidate): number {
  return Number(a.failedLately) - Number(b.failedLately) || Number(isLate(a)) - Number(isLate(b)) || byRules(a, b)
}

/** Better left alone for a while. */
function isLate({ starting, recovered }: Candidate): boolean {
  return (starting ?? false) || (recovered ?? false)
}

/** What the soft rules of the configuration make of two nodes. */
function byRules(a: Candidate, b: Candidate): number {
  const left = a.against ?? NOTHING
  const right = b.against ?? NOTHING
  return left.leavesBehind.length - right.leavesBehind.length || left.beside.length - right.beside.length || left.site - right.site
}

const NOTHING: Against = { leavesBehind: [], beside: [], site: 0 }

/** The best node, if it deserves the group more than its holder and has not failed or started only just now. */
export function betterThan(owner: NodeId, ranked: readonly Candidate[], candidates: readonly Candidate[]): Candidate | null {
  const held = candidates.find(({ node }) => node === owner)
  const best = ranked.find(({ node }) => node !== owner)
  if (held === undefined || best === undefined || best.failedLately || isLate(best)) return null
  return (byRules(best, held) || candidates.indexOf(best) - candidates.indexOf(held)) < 0 ? best : null
}

/** Every node that could take the group with what makes its rank. */
export function rankingOf(group: GroupSpec, ranked: readonly Candidate[], { candidates, currency }: RankedAmong): readonly Ranked[] {
  let next = 0
  return ranked.map((candidate) => {
    // Mostly they come in order of preference, and none has to be searched for.
    const position = candidates[next] === candidate ? next : candidates.indexOf(candidate)
    next = position + 1
    const why = whyRanked(candidate, position, group)
    return { node: candidate.node, why: currency === null ? why : (currency.words.get(candidate.node) ?? '') + why }
  })
}

interface RankedAmong {
  /** In order of preference. */
  readonly candidates: readonly Candidate[]
  /** null: data decides nothing. */
  readonly currency: Currency | null
}

function whyRanked({ failedLately, recovered, starting, against = NOTHING }: Candidate, position: number, group: GroupSpec): string {
  const { leavesBehind, beside, site } = against
  let why = ''
  if (failedLately || recovered === true) why += 'failed lately; '
  if (starting === true) why += 'started only just now; '
  if (leavesBehind.length > 0) why += `${leavesBehind.join(' and ')} cannot follow it there; `
  if (beside.length > 0) why += `beside ${beside.join(' and ')}; `
  if (site > 0) why += site === group.placement?.sites?.length ? 'not at a preferred site; ' : `number ${site + 1} of its sites; `
  const order = orderAt(position)
  return why === '' ? order : why + order
}

const orders = ['first', 'second', 'third'].map((word) => `${word} in order of preference`)

/** One text for all groups: there are many. */
function orderAt(position: number): string {
  while (orders.length <= position) orders.push(`number ${orders.length + 1} in order of preference`)
  return orders[position] ?? ''
}
