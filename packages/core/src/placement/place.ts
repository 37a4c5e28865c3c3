import type { Assignment, FailbackWindow, Fitness, GroupId, GroupSpec, NodeId } from '../model/index.ts'
import { byCurrency } from './currency.ts'
import type { Currency } from './currency.ts'
import { betterThan, rank, rankingOf } from './rank.ts'

/** What the coordinator knows of one node when it places a group. */
export interface Candidate {
  readonly node: NodeId
  /** Heard lately, in both directions, and following this coordinator. */
  readonly reachable: boolean
  readonly leaving: boolean
  readonly fitness: Fitness
  /** It was given the group lately and could not bring it up. */
  readonly failedLately: boolean
  /** Why a hard rule of the configuration forbids it; absent: none does. */
  readonly forbidden?: string | undefined
  /** What soft rules of the configuration have against it; absent: nothing. */
  readonly against?: Against | undefined
  /** It started so lately that any other is preferred. */
  readonly starting?: boolean
  /** It passes again after a failure: chosen after those that did not fail, unless their data is behind. */
  readonly recovered?: boolean
  /** How far its data is, as it tells; absent: it does not, or nobody goes by that. */
  readonly position?: string | undefined
  /** It could have taken the group for as long as a failback asks for, and the group may go back now. */
  readonly settled?: boolean
  /** It could not bring the group up when it had it last, and nothing has happened to it since: no failback goes there by itself. */
  readonly gaveUp?: boolean
}

/** What speaks against a node that may take a group, the weightiest first. */
export interface Against {
  /** Groups that must be where this one is, and could not be served there. */
  readonly leavesBehind: readonly GroupId[]
  /** Groups there or at that site, beside which it should not be. */
  readonly beside: readonly GroupId[]
  /** From 0, the most preferred; as many as there are: none of them. */
  readonly site: number
}

/** How the present holder stands. */
export interface HolderState {
  /** It said "released" about its epoch. */
  readonly released: boolean
  /** Its newest beat is recent. */
  readonly heard: boolean
  /**
   * It is letting go of this epoch, or has had it for long without ever taking it up: it does not list it, so the promises
   * end with the lease at the latest.
   */
  readonly lettingGo: boolean
  /** It has had the group for long and has not become active. */
  readonly stalled: boolean
  /** It was asked to release that epoch. */
  readonly wasAsked?: boolean
}

export interface PlaceInput {
  readonly group: GroupSpec
  readonly current: Assignment | undefined
  readonly holder: HolderState
  /** In order of preference. */
  readonly candidates: readonly Candidate[]
  /** A planned move that an operator asked for. */
  readonly wish: NodeId | null
}

/** What is to be done with a group, and all the reasons. */
export type Decision = {
  readonly group: GroupId
  readonly why: string
  /** Who cannot take it, and why. */
  readonly blocked: Readonly<Record<NodeId, string>>
  /** Who can, the best first, each with what makes its rank. */
  readonly ranking: readonly Ranked[]
  /** What somebody should know who relies on the group. */
  readonly warnings: readonly string[]
} & (
  | { readonly action: 'stay' }
  /** Give it to `to`, as soon as promises allow. */
  | { readonly action: 'assign'; readonly to: NodeId }
  /** Let the holder release first; it goes to `to`. */
  | { readonly action: 'ask'; readonly to: NodeId }
)

export interface Ranked {
  readonly node: NodeId
  readonly why: string
}

/**
 * Which node should hold a group: by the rules of the configuration and the order of preference, sticky, fit nodes only. Pure; returns
 * its reasons.
 */
export function place(input: PlaceInput): Decision {
  const { group, current, candidates } = input
  const blocked: Record<NodeId, string> = {}
  for (const candidate of candidates) {
    const why = obstacle(candidate) ?? candidate.forbidden
    if (why !== undefined) blocked[candidate.node] = why
  }
  const preferred = rank(candidates, blocked)
  const goesByData = group.placement?.prefer === 'current'
  const absent = preferred.filter(({ node }) => isGone(input, node))
  const currency = goesByData ? byCurrency(preferred.filter((candidate) => !absent.includes(candidate))) : null
  const ranked = currency === null ? preferred : [...currency.ranked, ...absent]
  const lack = lackOf(input)
  const ranking = rankingOf(group, ranked, { candidates, currency })
  const { action, to, why } = propose(input, current?.node ?? null, { ranked, preferred, ranking, lack, currency })
  const reasons = { group: group.id, blocked, ranking, warnings: [lack, currency?.problem].filter((word) => typeof word === 'string') }
  if (action === 'stay') return { ...reasons, action, why }
  return to === undefined ? { ...reasons, action: 'stay', why: `${why}; no other node can take it` } : { ...reasons, action, to, why }
}

/** A holder that is gone does not get it back at once: what it tells of its data says nothing about the others. */
function isGone({ current, holder }: PlaceInput, node: NodeId): boolean {
  return current?.node === node && !holder.released && whyGone(holder, node) !== null
}

interface Proposal {
  readonly action: Decision['action']
  readonly to?: NodeId | undefined
  readonly why: string
}

/** What follows from the candidates alone. */
interface Choice {
  readonly ranked: readonly Candidate[]
  /** The same without regard to data, which changes all the time: nothing moves only for that. */
  readonly preferred: readonly Candidate[]
  readonly currency: Currency | null
  readonly ranking: readonly Ranked[]
  /** Too few of them are fit; null: there are enough. */
  readonly lack: string | null
}

function propose(input: PlaceInput, owner: NodeId | null, choice: Choice): Proposal {
  const { holder, wish } = input
  const { ranked } = choice
  const wished = ranked.find(({ node }) => node === wish)?.node
  if (owner === null) return give(wished ?? ranked[0]?.node, 'nobody holds it', ranked, choice)
  if (holder.released) return afterRelease(input, owner, choice)
  const others = ranked.filter(({ node }) => node !== owner)
  const gone = whyGone(holder, owner)
  if (gone !== null) return give((others.find(({ node }) => node === wish) ?? others[0])?.node, gone, others, choice)
  if (wished !== undefined && wished !== owner) return { action: 'ask', to: wished, why: `move from ${owner} by request` }
  const reason = reasonToLeave(input, owner)
  if (reason !== null) return { action: 'ask', to: others[0]?.node, why: reason }
  if (!holder.stalled) return failback(input, owner, choice)
  return { action: 'ask', to: others.find(({ failedLately }) => !failedLately)?.node, why: `${owner} could not bring it up` }
}

/** The holder may keep it. Does the configuration want it back on a better node, by itself and already? */
function failback({ group, candidates, wish }: PlaceInput, owner: NodeId, { preferred, ranking, lack }: Choice): Proposal {
  const stay = (more: string): Proposal => ({ action: 'stay', why: `${owner} holds it${more}` })
  // Else it would be asked to let go, and be given it by request, without end.
  if (wish === owner) return stay(', where it is being moved by request')
  const wanted = group.placement?.failback
  const better = wanted === undefined ? null : betterThan(owner, preferred, candidates)
  if (wanted === undefined || better === null) return stay('')
  const { node, settled, gaveUp } = better
  const what = `${node} is better (${ranking.find((other) => other.node === node)?.why})`
  if (wanted === 'manual') return stay(`; ${what} and waits for movip switchover`)
  if (gaveUp === true)
    return stay(
      `; ${what}, but could not bring it up: that waits for movip switchover, or until ${node} was away or unfit and is fit again`,
    )
  if (lack !== null) return stay(`; ${what}, but nothing moves for that while ${lack}`)
  if (settled !== true)
    return stay(`; ${what} and gets it once it could have taken it for ${wanted.afterMs / 1000} s${windowText(wanted.window)}`)
  return { action: 'ask', to: node, why: `back from ${owner}: ${what}` }
}

/** When a group may go back that may not always. */
function windowText(window: FailbackWindow | undefined): string {
  if (window === undefined) return ''
  const { from, to, days, zone } = window
  return `, within ${from}-${to}${days === undefined ? '' : ` on ${days.join(', ')}`} (${zone})`
}

function whyGone(holder: HolderState, owner: NodeId): string | null {
  if (!holder.heard) return `${owner} is not heard`
  return holder.lettingGo ? `${owner} does not serve it any more` : null
}

function afterRelease(input: PlaceInput, owner: NodeId, choice: Choice): Proposal {
  const { wish } = input
  const { ranked } = choice
  const isRanked = (name: NodeId | null): boolean => ranked.some(({ node, failedLately }) => node === name && !failedLately)
  const giveTo = (to: NodeId | undefined, why: string): Proposal => give(to, why, ranked, choice)
  if (wish !== null) return giveTo(ranked.find(({ node }) => node === wish)?.node ?? ranked[0]?.node, `moved from ${owner} by request`)
  if (!isRanked(owner)) return giveTo(ranked[0]?.node, reasonToLeave(input, owner) ?? `${owner} released it`)
  // A holder that let go by itself and is fit again keeps its claim; one that was asked to, for a better node, does not.
  const back = failback(input, owner, choice)
  return back.action === 'ask' ? giveTo(back.to, back.why) : giveTo(owner, `${owner} released it`)
}

/** Where the group goes by its data, nobody gets it before somebody who is ahead: what that node alone has would be lost. */
function give(to: NodeId | undefined, why: string, among: readonly Candidate[], { currency }: Choice): Proposal {
  const ahead = to === undefined || currency === null ? undefined : currency.aheadOf(to, among)
  if (ahead !== undefined) return { action: 'assign', to: ahead, why: `${why}, but the data of ${to} is behind that of ${ahead}` }
  const first = currency?.firstFor(to)
  return { action: 'assign', to, why: first === undefined ? why : `${why}; ${first}` }
}

/** Why the node could not take a group now, whatever the configuration says; null: it could. */
export function obstacle(candidate: Pick<Candidate, 'reachable' | 'leaving' | 'fitness'>): string | null {
  if (!candidate.reachable) return 'not reachable'
  if (candidate.leaving) return 'is leaving'
  if (candidate.fitness.level !== 'fit') return candidate.fitness.reasons.join('; ') || 'not fit'
  return null
}

function reasonToLeave({ group, candidates }: PlaceInput, owner: NodeId): string | null {
  const self = candidates.find((candidate) => candidate.node === owner)
  if (self === undefined || !group.nodes.includes(owner)) return `${owner} may not hold it`
  if (self.leaving) return `${owner} is leaving`
  if (self.fitness.level === 'unfit') return `${owner} is unfit: ${self.fitness.reasons.join('; ')}`
  return self.forbidden === undefined ? null : `${owner} may not keep it: ${self.forbidden}`
}

/** What is missing to the number of fit nodes that the configuration asks for. */
function lackOf({ group, candidates }: PlaceInput): string | null {
  const wanted = group.placement?.minFit
  if (wanted === undefined) return null
  const fit = candidates.filter((candidate) => obstacle(candidate) === null).length
  return fit >= wanted ? null : `only ${fit} of its nodes ${fit === 1 ? 'is' : 'are'} fit, and at least ${wanted} should be`
}
