import type {
  ClusterReply,
  ClusterState,
  Epoch,
  GroupId,
  GroupSpec,
  HoldingState,
  Instant,
  MoveReply,
  MoveRequest,
  NodeId,
  RefusedReply,
} from '../model/index.ts'
import { serviceMsOf } from '../model/index.ts'
import type { Decision } from '../placement/place.ts'
import type { Raft } from '../raft/raft.ts'
import type { Peers } from './peers.ts'

/** Who asked for a move, to be answered when it has ended. */
export interface Origin {
  readonly node: NodeId
  readonly id: string
}

/** A planned move that has begun. */
interface Move {
  readonly group: GroupId
  readonly from: NodeId | null
  readonly to: NodeId
  /** The node that was asked for by name; null: any other would do. */
  readonly wanted: NodeId | null
  readonly epochBefore: Epoch
  readonly until: Instant
  readonly origin: Origin
}

type Refusal = Omit<RefusedReply, 'ok'>
type Target = { readonly to: NodeId; readonly refusal: null } | { readonly to: null; readonly refusal: Refusal }

export interface MovesContext {
  readonly raft: Raft
  readonly peers: Peers
  readonly state: () => ClusterState
  readonly answer: (origin: Origin, reply: ClusterReply) => void
  /** Is the node heard, and was what it said last said lately? */
  readonly isReachable: (node: NodeId, now: Instant) => boolean
  /** What placement makes of the group now. */
  readonly decide: (group: GroupSpec, now: Instant) => Decision | undefined
}

const MOVE_TIMEOUT_LEASES = 10

/** The planned moves: one a group at most, each answered once, by its success, its failure or its end of time. */
export class Moves {
  private readonly context: MovesContext
  private readonly moves = new Map<GroupId, Move>()

  constructor(context: MovesContext) {
    this.context = context
  }

  /** Where the group is to go by an operator's wish; null: there is none. */
  wishFor(group: GroupId): NodeId | null {
    return this.moves.get(group)?.to ?? null
  }

  /** An operator's wish. Answers at once when it cannot be met, else when the move has ended. */
  request(request: MoveRequest, origin: Origin, now: Instant): void {
    const { state, raft, answer } = this.context
    const { groups, timing } = state().spec
    const group = groups.find(({ id }) => id === request.group)
    if (group === undefined) {
      const message = `there is no group ${request.group}; there is ${groups.map(({ id }) => id).join(', ')}`
      return answer(origin, { ok: false, code: 'unknown-group', message })
    }
    const current = raft.view.log.latest.get(group.id)
    const from = current?.node ?? null
    const epochBefore = current?.epoch ?? 0
    if (request.to !== undefined && request.to === from) return answer(origin, this.alreadyThere(group.id, request.to, epochBefore, now))
    const { to, refusal } = this.target(group, request.to, from, now)
    if (refusal !== null) return answer(origin, { ok: false, ...refusal })
    const { startMs, stopMs } = serviceMsOf(group)
    const until = now + MOVE_TIMEOUT_LEASES * timing.leaseMs + startMs + stopMs
    this.moves.set(group.id, { group: group.id, from, to, wanted: request.to ?? null, epochBefore, until, origin })
    return undefined
  }

  /** The node could not bring the group up: a move to it has failed. */
  failTo(node: NodeId, group: GroupId): void {
    const move = this.moves.get(group)
    if (move?.to !== node) return
    this.end(move, { ok: false, code: 'timeout', message: `${node} could not bring ${group} up; see movip status` })
  }

  /** Answers the moves that have arrived, and those whose time is over. */
  finish(now: Instant): void {
    const { raft } = this.context
    for (const move of this.moves.values()) {
      const { group, to, epochBefore } = move
      const current = raft.view.log.latest.get(group)
      const node = current?.node ?? null
      const isActive = node !== null && this.stateAt(node, current?.epoch) === 'active'
      if (current !== undefined && node !== null && current.epoch !== epochBefore && isActive)
        this.end(move, outcome(move, node, current.epoch))
      else if (now >= move.until)
        this.end(move, { ok: false, code: 'timeout', message: `${group} was not active on ${to} in time; see movip status` })
    }
  }

  /** This node coordinates no more. */
  abandon(): void {
    const message = 'the coordinator changed during the move; see movip status'
    for (const move of this.moves.values()) this.end(move, { ok: false, code: 'no-quorum', message })
  }

  nextWake(): Instant {
    let next = Infinity
    for (const { until } of this.moves.values()) next = Math.min(next, until)
    return next
  }

  /** How far the node has come with that assignment, by its newest beat. */
  private stateAt(node: NodeId, epoch: Epoch | undefined): HoldingState | undefined {
    return this.context.peers.get(node)?.beat.holds.find((holding) => holding.epoch === epoch)?.state
  }

  /** A wish for the node that has the group is met only where it also serves it. */
  private alreadyThere(group: GroupId, holder: NodeId, epoch: Epoch, now: Instant): MoveReply {
    const why = this.whyNotServed(group, holder, epoch, now)
    if (why === null) return { ok: true, group, from: holder, to: holder, epoch }
    return { ok: false, code: 'unfit', message: `${holder} has ${group} already, but does not serve it (${why}); see movip status` }
  }

  private whyNotServed(group: GroupId, holder: NodeId, epoch: Epoch, now: Instant): string | null {
    const { peers, state, isReachable } = this.context
    const view = peers.get(holder)
    // Of itself, too, a coordinator knows only what it said last: it may have been frozen since.
    const isNews = view !== undefined && now - view.heardAt < state().spec.timing.leaseMs
    if (!isNews || !isReachable(holder, now)) return 'it is not heard'
    const holding = this.stateAt(holder, epoch)
    if (holding === 'active') return null
    const fitness = view.beat.report.fitness[group]
    return fitness?.level === 'unfit' ? fitness.reasons.join('; ') : `is not active: ${holding ?? 'has not taken it up'}`
  }

  private end(move: Move, reply: MoveReply): void {
    this.moves.delete(move.group)
    this.context.answer(move.origin, reply)
  }

  /** Where a move would go, or why it cannot. */
  private target(group: GroupSpec, wanted: NodeId | undefined, from: NodeId | null, now: Instant): Target {
    if (wanted !== undefined && !group.nodes.includes(wanted)) {
      const message = `${wanted} may not hold ${group.id}; ${group.nodes.join(', ')} may`
      return { to: null, refusal: { code: 'not-a-candidate', message } }
    }
    if (this.moves.has(group.id)) return { to: null, refusal: { code: 'busy', message: `${group.id} is being moved already` } }
    const { blocked = {}, ranking = [] } = this.context.decide(group, now) ?? {}
    const order = group.placement === undefined ? group.nodes : ranking.map(({ node }) => node)
    const to = order.find((node) => node !== from && blocked[node] === undefined && (wanted === undefined || node === wanted))
    if (to !== undefined) return { to, refusal: null }
    const reasons = group.nodes
      .filter((node) => node !== from && (wanted === undefined || node === wanted))
      .map((node) => `${node}: ${blocked[node]}`)
    const message = `${wanted === undefined ? 'no other node' : wanted} cannot take ${group.id} (${reasons.join('; ') || 'none is configured'})`
    return { to: null, refusal: { code: 'unfit', message: wanted === undefined ? message.replace('cannot', 'can') : message } }
  }
}

/** The group is served under a new epoch: is that what was asked for? */
function outcome({ group, from, to, wanted }: Move, node: NodeId, epoch: Epoch): MoveReply {
  if (wanted === null ? node !== from : node === wanted) return { ok: true, group, from, to: node, epoch }
  return { ok: false, code: 'unfit', message: `${to} did not take ${group}, which went to ${node}; see movip status` }
}
