import { promiseMs } from '../lease/arithmetic.ts'
import type { Promises } from '../lease/promises.ts'
import type {
  ClusterReply,
  ClusterSpec,
  ClusterState,
  Epoch,
  Fitness,
  GroupId,
  GroupSpec,
  HoldingState,
  Instant,
  Member,
  NodeId,
} from '../model/index.ts'
import { quorumOf, votersOf } from '../model/index.ts'
import { place } from '../placement/place.ts'
import type { Candidate, Decision, HolderState } from '../placement/place.ts'
import type { Raft } from '../raft/raft.ts'
import { Moves } from './moves.ts'
import type { Origin } from './moves.ts'
import { isListed } from './peers.ts'
import type { Peers } from './peers.ts'
import { Urges } from './urges.ts'

/** What this coordinator has seen of the latest assignment of a group. */
interface Tenure {
  readonly epoch: Epoch
  /** When it was first seen. */
  readonly at: Instant
  wasTried: boolean
  wasActive: boolean
  wasAsked: boolean
}

export interface CoordinationContext {
  readonly self: NodeId
  readonly raft: Raft
  readonly promises: Promises
  readonly peers: Peers
  readonly state: () => ClusterState
  readonly answer: (origin: Origin, reply: ClusterReply) => void
  /** The wall clock at that moment, for people; null: not known. */
  readonly wallClock: (now: Instant) => number | null
}

/** A holder that is not active after so many leases could not bring the group up. */
export const STALL_LEASES = 5
/** For so many leases a node that could not bring a group up is passed over. */
export const PENALTY_LEASES = 30

/** The coordinator's duties: bind data folders, place groups, ask holders to release, carry out planned moves. */
export class Coordination {
  private readonly context: CoordinationContext
  /** What operators have asked for. */
  readonly moves: Moves
  private tenures = new Map<GroupId, Tenure>()
  private penalties = new Map<string, Instant>()
  private asked = new Map<GroupId, Epoch>()
  private readonly urges: Urges
  private proposedBinds = new Map<NodeId, string>()
  private ownTermCommittedAt: Instant | null = null
  private specCommitted: { readonly index: number; readonly at: Instant } | null = null
  /** The last decisions, for status. */
  readonly decisions = new Map<GroupId, Decision>()

  constructor(context: CoordinationContext) {
    this.context = context
    this.urges = new Urges(context)
    this.moves = new Moves({
      ...context,
      isReachable: (node, now) => this.isReachable(node, now),
      decide: (group, now) => this.decide(group, null, this.reachable(now), now),
    })
  }

  get asks(): readonly { readonly group: GroupId; readonly epoch: Epoch }[] {
    return [...this.asked].map(([group, epoch]) => ({ group, epoch }))
  }

  /** Another node coordinates now: it knows nothing of what was begun here. */
  reset(): void {
    this.moves.abandon()
    this.tenures.clear()
    this.asked.clear()
    this.urges.clear()
    this.proposedBinds.clear()
    this.decisions.clear()
    this.ownTermCommittedAt = null
    this.specCommitted = null
  }

  /** Looks at everything and does what is due. True: what this node asks of holders has changed. */
  run(now: Instant): boolean {
    const { raft, state } = this.context
    const { log, commit, term } = raft.view
    if (this.ownTermCommittedAt === null && log.termAt(commit) === term) this.ownTermCommittedAt = now
    if (log.spec.index <= commit && this.specCommitted?.index !== log.spec.index) this.specCommitted = { index: log.spec.index, at: now }
    if (log.spec.index === 0) raft.propose({ type: 'cluster', spec: log.spec.spec }, now)
    this.bindFolders(now)
    const before = [...this.asked].join()
    const reachable = this.reachable(now)
    for (const group of state().spec.groups) this.handleGroup(group, reachable, now)
    this.freeOrphans(now)
    this.moves.finish(now)
    return before !== [...this.asked].join()
  }

  /** Replaces the configuration. null: appended. Else why not (DESIGN §2.4, voter set). */
  configure(spec: ClusterSpec, now: Instant): string | null {
    const { raft, state } = this.context
    const { log } = raft.view
    const before = votersOf(log.spec.spec)
    const after = votersOf(spec)
    if (!raft.isCoordinator) return 'this node does not coordinate the cluster at present'
    if (after.length === 0) return 'a cluster without a voter could never decide anything again'
    const returning = this.holderFromBefore(spec)
    if (returning !== null) return `${returning} still has a group from before it left: try again in a few seconds`
    const changed = after.filter((node) => !before.includes(node)).length + before.filter((node) => !after.includes(node)).length
    if (changed > 1) return `the voter set may change by one voter at a time; this changes ${changed}`
    if (changed === 1) {
      const waitMs = promiseMs(state().longestLeaseMs, log.spec.spec.timing)
      const isSettled = this.specCommitted?.index === log.spec.index && now - this.specCommitted.at >= waitMs
      const isOwnSettled = this.ownTermCommittedAt !== null && now - this.ownTermCommittedAt >= waitMs
      if (!isSettled || !isOwnSettled) return 'the last change of configuration or coordinator is too recent: try again in a few seconds'
      const silent = after.filter((node) => !this.isReachable(node, now))
      if (after.length - silent.length < quorumOf(after.length)) return refusalFor(silent, log.spec.spec)
    }
    return raft.propose({ type: 'cluster', spec }, now) === null ? 'this node is handing coordination over: ask the next coordinator' : null
  }

  private bindFolders(now: Instant): void {
    const { peers, raft, state } = this.context
    for (const { beat } of peers.all()) {
      const { dataId, generation } = beat.incarnation
      const bound = state().bindings[beat.from]
      const key = `${dataId}/${generation}`
      // Whose leaving is in the log already is not bound either: the binding would outlast it, and meet the node when it comes back.
      if (![state().spec, raft.view.log.spec.spec].every(({ nodes }) => nodes.some(({ id }) => id === beat.from))) continue
      // Another folder, or an earlier life, that was heard before the binding was known here is never bound over it.
      if (bound !== undefined && (bound.dataId !== dataId || bound.generation >= generation)) continue
      if (this.proposedBinds.get(beat.from) === key) continue
      if (raft.propose({ type: 'bind', node: beat.from, dataId, generation }, now) !== null) this.proposedBinds.set(beat.from, key)
    }
  }

  private handleGroup(group: GroupSpec, reachable: ReadonlySet<NodeId>, now: Instant): void {
    const { raft } = this.context
    const decision = this.decide(group, this.moves.wishFor(group.id), reachable, now)
    this.decisions.set(group.id, decision)
    const current = raft.view.log.latest.get(group.id)
    this.urges.note(group.id, decision.action === 'stay', current, now)
    if (decision.action === 'ask' && current !== undefined) this.asked.set(group.id, current.epoch)
    else if (this.asked.get(group.id) !== undefined) this.asked.delete(group.id)
    if (decision.action !== 'assign' || !this.isFree(group.id, decision.to, now)) return
    if (current === undefined && decision.to !== group.nodes[0] && this.isNewInOffice(now)) return
    this.assign(group.id, decision.to, decision.why, now)
  }

  private assign(group: GroupId, node: NodeId | null, cause: string, now: Instant): void {
    this.context.raft.propose({ type: 'assign', group, node, cause, ...this.urges.told(group, now) }, now)
  }

  /** At the cold start of a cluster the preferred node gets a lease time to be heard before another is given its group. */
  private isNewInOffice(now: Instant): boolean {
    return this.ownTermCommittedAt === null || now - this.ownTermCommittedAt < this.context.state().spec.timing.leaseMs
  }

  private decide(group: GroupSpec, wish: NodeId | null, reachable: ReadonlySet<NodeId>, now: Instant): Decision {
    const current = this.context.raft.view.log.latest.get(group.id)
    const candidates = group.nodes.map((node) => this.candidate(group.id, node, reachable, now))
    return place({ group, current, holder: this.holderState(group.id, now), candidates, wish })
  }

  private candidate(group: GroupId, node: NodeId, reachable: ReadonlySet<NodeId>, now: Instant): Candidate {
    const view = this.context.peers.get(node)
    const unknown: Fitness = { level: 'unfit', reasons: ['not heard'] }
    return {
      node,
      reachable: reachable.has(node),
      leaving: view?.beat.report.leaving ?? false,
      fitness: view?.beat.report.fitness[group] ?? unknown,
      failedLately: (this.penalties.get(`${group} ${node}`) ?? -Infinity) > now,
    }
  }

  private reachable(now: Instant): ReadonlySet<NodeId> {
    return new Set(
      this.context
        .state()
        .spec.nodes.filter(({ id }) => this.isReachable(id, now))
        .map(({ id }) => id),
    )
  }

  /** Heard lately, following this coordinator, and (for a voter, whose echoes tell) hearing it, too. */
  private isReachable(node: NodeId, now: Instant): boolean {
    const { self, peers, raft, state } = this.context
    if (node === self) return true
    const view = peers.get(node)
    const { heartbeatMs, leaseMs } = state().spec.timing
    const recentMs = Math.min(leaseMs / 2, 5 * heartbeatMs)
    if (view === undefined || now - view.heardAt > recentMs) return false
    if (view.beat.coordinator !== self || view.beat.term !== raft.view.term) return false
    if (!raft.voters.includes(node)) return true
    const echo = view.beat.echoes.find((other) => other.node === self)
    return echo !== undefined && now - echo.sentAt < recentMs + 2 * heartbeatMs
  }

  private holderState(group: GroupId, now: Instant): HolderState {
    const { peers, promises, raft, state } = this.context
    const { leaseMs } = state().spec.timing
    const current = raft.view.log.latest.get(group)
    const node = current?.node ?? null
    if (current === undefined || node === null) return { released: false, heard: false, lettingGo: false, stalled: false }
    const view = peers.get(node)
    const heard = view !== undefined && now - view.heardAt < leaseMs
    const released = promises.isReleased(group, current.epoch, node)
    const holding = view?.beat.holds.find((other) => other.group === group && other.epoch === current.epoch)
    const tenure = this.tenureOf(group, current.epoch, holding?.state, now)
    const isOverdue = heard && holding?.state !== 'active' && this.isLate(tenure, now)
    const lettingGo = holding === undefined ? isOverdue : !isListed(holding)
    const stalled = isOverdue && !lettingGo
    if (isOverdue || released) this.blame(group, node, tenure, isOverdue, now)
    return { released, heard, lettingGo, stalled }
  }

  /** Another configuration may bring other endpoints: the holder has as long for them as for those of a new assignment. */
  private isLate({ at }: Tenure, now: Instant): boolean {
    const { leaseMs } = this.context.state().spec.timing
    return now - Math.max(at, this.specCommitted?.at ?? -Infinity) > STALL_LEASES * leaseMs
  }

  /** A node that could not bring the group up, or gave up by itself, is passed over for a while; a move to it has failed. */
  private blame(group: GroupId, node: NodeId, tenure: Tenure, isOverdue: boolean, now: Instant): void {
    if (tenure.wasActive || !(isOverdue || (tenure.wasTried && !tenure.wasAsked))) return
    this.penalties.set(`${group} ${node}`, now + PENALTY_LEASES * this.context.state().spec.timing.leaseMs)
    this.moves.failTo(node, group)
  }

  private tenureOf(group: GroupId, epoch: Epoch, state: HoldingState | undefined, now: Instant): Tenure {
    const known = this.tenures.get(group)
    const tenure = known?.epoch === epoch ? known : { epoch, at: now, wasTried: false, wasActive: false, wasAsked: false }
    this.tenures.set(group, tenure)
    tenure.wasActive ||= state === 'active'
    tenure.wasTried ||= state === 'claiming'
    tenure.wasAsked ||= this.asked.get(group) === epoch
    return tenure
  }

  /** Nothing is proposed that a quorum would have to hold back: their newest beats report no promise to anybody else. */
  private isFree(group: GroupId, to: NodeId | null, now: Instant): boolean {
    const { self, peers, promises, raft, state } = this.context
    const { electionMs } = state().spec.timing
    const isFreeAt = (voter: NodeId): boolean => {
      const view = peers.get(voter)
      const running = voter === self ? promises.running() : view?.beat.promises
      if (running === undefined || (voter !== self && now - (view?.heardAt ?? -Infinity) > electionMs)) return false
      return running.every(
        (promise) => promise.group !== group || promise.node === to || promises.isReleased(group, promise.epoch, promise.node),
      )
    }
    const { voters } = raft
    return voters.filter(isFreeAt).length >= quorumOf(voters.length)
  }

  /** A node that comes back would take up what it was given before, with another data folder that knows nothing of it. */
  private holderFromBefore(spec: ClusterSpec): NodeId | null {
    const { log } = this.context.raft.view
    const isNew = ({ id }: Member): boolean => !log.spec.spec.nodes.some((node) => node.id === id)
    return spec.nodes.find((node) => isNew(node) && [...log.latest.values()].some((held) => held.node === node.id))?.id ?? null
  }

  /** A group that is not configured any more, or whose holder is no member any more, belongs to nobody once it has been let go. */
  private freeOrphans(now: Instant): void {
    const { raft, state } = this.context
    const { groups, nodes } = state().spec
    for (const [group, { node }] of raft.view.log.latest) {
      const isConfigured = groups.some(({ id }) => id === group)
      if (node === null || (isConfigured && nodes.some(({ id }) => id === node)) || !this.isFree(group, null, now)) continue
      const cause = isConfigured ? `${node} is no member any more` : `${group} is not configured any more`
      this.assign(group, null, cause, now)
    }
  }
}

/** Nobody but members is heard. */
function refusalFor(silent: readonly NodeId[], { nodes }: ClusterSpec): string {
  const strangers = silent.filter((node) => !nodes.some(({ id }) => id === node))
  const step = strangers.length === 0 ? 'start what is down first' : `add ${strangers.join(' and ')} with voter: false first`
  return `of the voters that there would be, ${silent.join(' and ')} cannot be heard: nothing could be decided any more; ${step}`
}
