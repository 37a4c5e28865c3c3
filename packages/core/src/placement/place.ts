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
  /** It says that it is letting go of this epoch: it lists it no more, so the promises end with the lease at the latest. */
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
  const { group, current, holder, wish } = input
  const blocked = Object.fromEntries(
    input.candidates.flatMap((candidate) => {
      const why = obstacle(candidate)
      return why === null ? [] : [[candidate.node, why]]
    }),
  )
  const open = group.nodes.filter((node) => input.candidates.some((candidate) => candidate.node === node) && blocked[node] === undefined)
  // Who failed lately comes last, but is better than nobody.
  const hasFailed = (node: NodeId): boolean => input.candidates.some((candidate) => candidate.node === node && candidate.failedLately)
  const ranked = [...open.filter((node) => !hasFailed(node)), ...open.filter(hasFailed)]
  const owner = current?.node ?? null
  const decide = (action: 'assign' | 'ask', to: NodeId | undefined, why: string): Decision =>
    to === undefined ? { group: group.id, action: 'stay', why: `${why}; no other node can take it`, blocked } : { group: group.id, action, to, why, blocked }

  const wished = wish !== null && ranked.includes(wish) ? wish : undefined
  if (owner === null) return decide('assign', wished ?? ranked[0], 'nobody holds it')
  const others = ranked.filter((node) => node !== owner)
  if (holder.released) {
    // A holder that let go by itself and is fit again keeps its claim, unless the move was wished for.
    const back = wish === null && ranked.includes(owner) && !hasFailed(owner) ? owner : undefined
    return decide('assign', wished ?? back ?? ranked[0], wish === null ? `${owner} released it` : `moved from ${owner} by request`)
  }
  if (!holder.heard) return decide('assign', wished ?? others[0], `${owner} is not heard`)
  if (holder.lettingGo) return decide('assign', wished ?? others[0], `${owner} takes long to release it`)
  if (wished !== undefined && wished !== owner) return decide('ask', wished, `move from ${owner} by request`)
  const reason = reasonToLeave(input, owner)
  if (reason !== null) return decide('ask', others[0], reason)
  if (holder.stalled) return decide('ask', others.find((node) => !hasFailed(node)), `${owner} could not bring it up`)
  return { group: group.id, action: 'stay', why: `${owner} holds it`, blocked }
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
