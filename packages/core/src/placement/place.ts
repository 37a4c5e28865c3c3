import type { Assignment, Fitness, GroupId, GroupSpec, NodeId } from '../model/index.ts'

/** What the coordinator knows of one node when it places a group. */
export interface Candidate {
  readonly node: NodeId
  /** Heard lately, in both directions, and following this coordinator. */
  readonly reachable: boolean
  readonly leaving: boolean
  readonly fitness: Fitness
  /** It was given the group lately and could not bring it up. */
  readonly failedLately: boolean
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
}

export interface PlaceInput {
  readonly group: GroupSpec
  readonly current: Assignment | undefined
  readonly holder: HolderState
  readonly candidates: readonly Candidate[]
  /** A planned move that an operator asked for. */
  readonly wish: NodeId | null
}

export type Decision = { readonly group: GroupId; readonly why: string; readonly blocked: Readonly<Record<NodeId, string>> } & (
  | { readonly action: 'stay' }
  /** Give it to `to`, as soon as promises allow. */
  | { readonly action: 'assign'; readonly to: NodeId }
  /** Let the holder release first; it goes to `to`. */
  | { readonly action: 'ask'; readonly to: NodeId }
)

/**
 * Which node should hold a group: by order of preference, sticky, fit nodes only. Pure; returns its reasons.
 */
export function place(input: PlaceInput): Decision {
  const { group, current } = input
  const blocked = Object.fromEntries(
    input.candidates.flatMap((candidate) => {
      const why = obstacle(candidate)
      return why === null ? [] : [[candidate.node, why]]
    }),
  )
  const proposal = propose(input, current?.node ?? null, rank(input, blocked))
  if (proposal.action === 'stay') return { group: group.id, action: 'stay', why: proposal.why, blocked }
  const { action, to, why } = proposal
  return to === undefined
    ? { group: group.id, action: 'stay', why: `${why}; no other node can take it`, blocked }
    : { group: group.id, action, to, why, blocked }
}

type Proposal =
  | { readonly action: 'stay'; readonly why: string }
  | { readonly action: 'assign' | 'ask'; readonly to: NodeId | undefined; readonly why: string }

/** Who could take the group, best first. Who failed lately comes last, but is better than nobody. */
function rank({ group, candidates }: PlaceInput, blocked: Readonly<Record<NodeId, string>>): readonly Candidate[] {
  const open = group.nodes.flatMap((node) => candidates.filter((candidate) => candidate.node === node && blocked[node] === undefined))
  return open.toSorted((a, b) => Number(a.failedLately) - Number(b.failedLately))
}

function propose(input: PlaceInput, owner: NodeId | null, ranked: readonly Candidate[]): Proposal {
  const { holder, wish } = input
  const wished = ranked.find(({ node }) => node === wish)?.node
  if (owner === null) return { action: 'assign', to: wished ?? ranked[0]?.node, why: 'nobody holds it' }
  if (holder.released) return afterRelease(input, owner, ranked)
  const others = ranked.filter(({ node }) => node !== owner)
  const gone = whyGone(holder, owner)
  if (gone !== null) return { action: 'assign', to: (others.find(({ node }) => node === wish) ?? others[0])?.node, why: gone }
  if (wished !== undefined && wished !== owner) return { action: 'ask', to: wished, why: `move from ${owner} by request` }
  const reason = reasonToLeave(input, owner)
  if (reason !== null) return { action: 'ask', to: others[0]?.node, why: reason }
  if (!holder.stalled) return { action: 'stay', why: `${owner} holds it` }
  return { action: 'ask', to: others.find(({ failedLately }) => !failedLately)?.node, why: `${owner} could not bring it up` }
}

function whyGone(holder: HolderState, owner: NodeId): string | null {
  if (!holder.heard) return `${owner} is not heard`
  return holder.lettingGo ? `${owner} does not serve it any more` : null
}

function afterRelease(input: PlaceInput, owner: NodeId, ranked: readonly Candidate[]): Proposal {
  const { wish } = input
  const isRanked = (name: NodeId | null): boolean => ranked.some(({ node, failedLately }) => node === name && !failedLately)
  if (wish !== null)
    return {
      action: 'assign',
      to: ranked.find(({ node }) => node === wish)?.node ?? ranked[0]?.node,
      why: `moved from ${owner} by request`,
    }
  // A holder that let go by itself and is fit again keeps its claim.
  return { action: 'assign', to: isRanked(owner) ? owner : ranked[0]?.node, why: reasonToLeave(input, owner) ?? `${owner} released it` }
}

function obstacle(candidate: Candidate): string | null {
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
  return null
}
