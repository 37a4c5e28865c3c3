import { promiseMs } from '../lease/arithmetic.ts'
import type { Promises } from '../lease/promises.ts'
import type {
  Assignment,
  ChangeNote,
  ClusterReply,
  ClusterWish,
  ClusterSpec,
  Epoch,
  GroupId,
  GroupSpec,
  Instant,
  NodeId,
} from '../model/index.ts'
import { quorumOf, votersOf } from '../model/index.ts'
import { hasLeadersAt } from '../placement/leaders-first.ts'
import { placeAll } from '../placement/place-all.ts'
import type { GroupState } from '../placement/place-all.ts'
import type { Decision } from '../placement/place.ts'
import type { Raft } from '../raft/raft.ts'
import { AwaitedPositions } from './awaited-positions.ts'
import { Changes, holderFromBefore, refusalFor } from './changes.ts'
import { isFree } from './free.ts'
import { Completions } from './completions.ts'
import { unlessPaused } from './maintenance.ts'
import { Moves } from './moves.ts'
import type { Origin } from './moves.ts'
import { FEW_GROUPS } from './pace.ts'
import { isReachable, reachable, whoIsHeard } from './reachable.ts'
import { Settling } from './settling.ts'
import { nextStarted, surveyNodes } from './survey.ts'
import { Clearances, refusalOfSuspect, suspectFromBefore, unreleasedIn } from './suspects.ts'
import { Tenures, stopsBetween } from './tenures.ts'
import type { Reconfiguration } from './tenures.ts'
import { Urges } from './urges.ts'
import type { UrgesContext } from './urges.ts'

export interface CoordinationContext extends UrgesContext {
  readonly self: NodeId
  readonly raft: Raft
  readonly promises: Promises
  readonly answer: (origin: Origin, reply: ClusterReply) => void
}

/** The coordinator's duties: bind data folders, place groups, ask holders to release, carry out planned moves. */
export class Coordination {
  private readonly context: CoordinationContext
  /** What operators have asked for. */
  readonly moves: Moves
  private readonly changes: Changes
  private readonly tenures: Tenures
  private readonly completions: Completions
  private asked = new Map<GroupId, Epoch>()
  private readonly urges: Urges
  private ownTermCommittedAt: Instant | null = null
  readonly settling = new Settling()
  private readonly positions: AwaitedPositions
  private readonly clearances = new Clearances()
  private specCommitted: Reconfiguration | null = null
  /** All is as it should be, and until then only news can change that, or who is heard; null: there is something to be done. */
  private rest: { readonly until: Instant; readonly heard: string } | null = null
  /** The last decisions, for status. */
  readonly decisions = new Map<GroupId, Decision>()

  constructor(context: CoordinationContext) {
    this.context = context
    this.urges = new Urges(context)
    this.positions = new AwaitedPositions(context)
    this.completions = new Completions(context)
    this.moves = new Moves({
      ...context,
      isReachable: (node, now) => this.isReachable(node, now),
      decide: (group, now) => this.decide(now).find((decision) => decision.group === group.id),
    })
    this.tenures = new Tenures({
      ...context,
      isAsked: (group, epoch) => this.asked.get(group) === epoch,
      configured: () => this.specCommitted,
      onFailure: (node, group) => this.moves.failTo(node, group),
    })
    this.changes = new Changes({
      ...context,
      decide: (now) => this.decide(now),
      configure: (spec, now, note) => this.configure(spec, now, note),
    })
  }

  get asks(): readonly { readonly group: GroupId; readonly epoch: Epoch }[] {
    return [...this.asked].map(([group, epoch]) => ({ group, epoch }))
  }

  failedLately(group: GroupId, now: Instant): ReadonlySet<NodeId> {
    return this.tenures.failedLately(group, now)
  }

  /** An operator's wish. It is answered once. */
  request(request: ClusterWish, origin: Origin, now: Instant): void {
    if (request.type === 'switchover') this.moves.request(request, origin, now)
    else this.changes.request(request, origin, now)
  }

  /** This node coordinates no more: nothing that was begun here is carried on. */
  abandon(): void {
    this.moves.abandon()
    this.changes.abandon()
  }

  /** Another node coordinates now: it knows nothing of what was begun here. */
  reset(): void {
    this.abandon()
    this.tenures.reset()
    this.asked.clear()
    this.urges.clear()
    this.positions.clear()
    this.decisions.clear()
    this.settling.reset()
    this.clearances.reset()
    this.rest = null
    this.ownTermCommittedAt = null
    this.specCommitted = null
  }

  /** Something is to be looked at that no beat of another node brings. */
  stir(): void {
    this.rest = null
  }

  /** Looks at everything and does what is due. True: what this node asks of holders has changed. */
  run(now: Instant, isNews: boolean): boolean {
    const heard = whoIsHeard(this.context, now)
    if (!isNews && this.rest !== null && now < this.rest.until && heard === this.rest.heard) return false
    this.noteCommits(now)
    this.bindFolders(now)
    this.clearances.run(this.context.state(), this.context.raft, this.context.promises, now)
    const before = [...this.asked].join()
    const isAtRest = this.placeGroups(now)
    this.moves.finish(now)
    this.changes.settle()
    const isTold = this.completions.run(now)
    this.rest =
      isAtRest && isTold && !this.changes.isPending && this.moves.nextWake() === Infinity ? { until: this.nextChange(now), heard } : null
    return before !== [...this.asked].join()
  }

  private noteCommits(now: Instant): void {
    const { raft } = this.context
    const { log, commit, term } = raft.view
    if (this.ownTermCommittedAt === null && log.termAt(commit) === term) this.ownTermCommittedAt = now
    const { spec } = log.spec
    if (log.spec.index <= commit && this.specCommitted?.index !== log.spec.index)
      this.specCommitted = { ...log.spec, at: now, stopMs: stopsBetween(this.specCommitted?.spec ?? spec, spec) }
    if (log.spec.index === 0) raft.propose({ type: 'cluster', spec }, now)
  }

  /** True: every group is served or cannot be, and nothing is to be done. */
  private placeGroups(now: Instant): boolean {
    const groups = new Map(this.context.state().spec.groups.map((group) => [group.id, group]))
    const decisions = this.decide(now)
    for (const decision of decisions) {
      const group = groups.get(decision.group)
      if (group !== undefined) this.carryOut(group, decision, now)
    }
    const isOrphaned = this.freeOrphans(now)
    return !isOrphaned && this.tenures.isServed && decisions.every(({ action }) => action === 'stay')
  }

  /**
   * When time alone may change a decision. Not later than after a lease, of very many groups after as many more: then all is looked at anew,
   * whatever was overlooked.
   */
  private nextChange(now: Instant): Instant {
    const { peers, state } = this.context
    const { spec } = state()
    const starts = nextStarted(spec, peers, now)
    const overlookedMs = spec.timing.leaseMs * Math.max(1, spec.groups.length / FEW_GROUPS)
    return Math.min(now + overlookedMs, this.tenures.nextForgiven(now), this.settling.nextAt(spec, now), starts)
  }

  /** Replaces the configuration. null: appended. Else why not (DESIGN §2.4, voter set). */
  configure(spec: ClusterSpec, now: Instant, note?: ChangeNote): string | null {
    const { raft, state } = this.context
    const { log } = raft.view
    const before = votersOf(log.spec.spec)
    const after = votersOf(spec)
    if (!raft.isCoordinator) return 'this node does not coordinate the cluster at present'
    if (after.length === 0) return 'a cluster without a voter could never decide anything again'
    const returning = holderFromBefore(spec, log)
    if (returning !== null) return `${returning} still has a group from before it left: try again in a few seconds`
    const suspect = suspectFromBefore(spec, log.spec.spec, state())
    if (suspect !== null) return refusalOfSuspect(suspect)
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
    const body = { type: 'cluster', spec, ...(note === undefined ? {} : { note }) } as const
    return raft.propose(body, now) === null ? 'this node is handing coordination over: ask the next coordinator' : null
  }

  private bindFolders(now: Instant): void {
    const { peers, raft, state } = this.context
    for (const { beat, heardAt } of peers.all()) {
      const { dataId, generation } = beat.incarnation
      // Who was heard long ago may have another folder by now.
      if (now - heardAt >= state().spec.timing.leaseMs) continue
      // Committed or not; whoever leaves is bound no more, and is bound anew when it comes back.
      const bound = raft.view.log.bindingOf(beat.from)
      // Whose leaving is in the log already is not bound either: the binding would outlast it, and meet the node when it comes back.
      if (![state().spec, raft.view.log.spec.spec].every(({ nodes }) => nodes.some(({ id }) => id === beat.from))) continue
      // Another folder, or an earlier life, that was heard before the binding was known here is never bound over it.
      if (bound !== undefined && (bound.dataId !== dataId || bound.generation >= generation)) continue
      raft.propose({ type: 'bind', node: beat.from, dataId, generation }, now)
    }
  }

  private carryOut(group: GroupSpec, decision: Decision, now: Instant): void {
    const { raft } = this.context
    const current = raft.view.log.latest.get(group.id)
    this.decisions.set(group.id, decision)
    this.urges.note(group.id, decision.action === 'stay', current, now)
    this.ask(group.id, decision.action === 'ask' ? current : undefined)
    const isGiven = decision.action === 'assign' && isFree(this.context, group.id, decision.to, now)
    if (isGiven) this.urges.free(group.id, now)
    if (!this.positions.areTold(group, current?.epoch ?? 0, isGiven, now) || decision.action !== 'assign') return
    if (current === undefined && decision.to !== group.nodes[0] && this.isNewInOffice(now)) return
    if (!hasLeadersAt(group, decision.to, this.context.state().spec, raft.view.log.latest)) return
    if (decision.to !== null && !this.tenures.mayMove('give')) return
    this.assign(group.id, decision.to, decision.why, now)
  }

  /** Has its holder asked for this epoch as soon as its turn comes; undefined: for none. */
  private ask(group: GroupId, current: Assignment | undefined): void {
    if (current === undefined) this.asked.delete(group)
    else if (this.asked.get(group) === current.epoch || this.tenures.mayMove(this.isUrgent(group, current) ? 'give' : 'ask'))
      this.asked.set(group, current.epoch)
  }

  /** Its holder finds that it does not serve it well, or an operator waits for just this move. */
  private isUrgent(group: GroupId, { node }: Assignment): boolean {
    const told = node === null ? undefined : this.context.peers.get(node)?.beat.report.fitness[group]
    return told?.level === 'unfit' || this.moves.wishFor(group) !== null
  }

  private assign(group: GroupId, node: NodeId | null, why: string, now: Instant): void {
    const { raft, promises, state } = this.context
    const unreleased = unreleasedIn(state().spec, group, raft.view.log.latest.get(group), promises)
    raft.propose({ type: 'assign', group, node, ...this.urges.told(group, why, now), ...unreleased }, now)
  }

  /** At the cold start of a cluster the preferred node gets a lease time to be heard before another is given its group. */
  private isNewInOffice(now: Instant): boolean {
    return this.ownTermCommittedAt === null || now - this.ownTermCommittedAt < this.context.state().spec.timing.leaseMs
  }

  private decide(now: Instant): readonly Decision[] {
    const { peers, raft, state } = this.context
    const { spec } = state()
    const { latest } = raft.view.log
    const nodes = surveyNodes({ state: state(), peers, latest, reachable: reachable(this.context, now) }, now)
    this.tenures.begin()
    const holderOf = (group: GroupId): NodeId | null => latest.get(group)?.node ?? null
    this.settling.note(spec, nodes, (group) => this.tenures.failedLately(group, now), holderOf, now)
    const groups = new Map(spec.groups.map((group) => [group.id, this.groupState(group, now)]))
    return placeAll({ spec, nodes, groups }, (decision, input) => unlessPaused(state(), decision, input))
  }

  private groupState(group: GroupSpec, now: Instant): GroupState {
    const current = this.context.raft.view.log.latest.get(group.id)
    const wish = this.moves.wishFor(group.id)
    const failedLately = this.tenures.failedLately(group.id, now)
    const holder = this.tenures.holderState(group, now)
    return { current, wish, failedLately, settled: this.settling.settled(group, holder, now), gaveUp: this.settling.gaveUp(group), holder }
  }

  private isReachable(node: NodeId, now: Instant): boolean {
    return isReachable(this.context, node, now)
  }

  /** A group that is not configured any more, or whose holder is no member any more, belongs to nobody once it has been let go. True: there is one. */
  private freeOrphans(now: Instant): boolean {
    const { raft, state } = this.context
    let isOrphaned = false
    const { groups, nodes } = state().spec
    const configured = new Set(groups.map(({ id }) => id))
    for (const [group, { node }] of raft.view.log.latest) {
      const isConfigured = configured.has(group)
      if (node === null || (isConfigured && nodes.some(({ id }) => id === node))) continue
      isOrphaned = true
      if (!isFree(this.context, group, null, now)) continue
      this.assign(group, null, isConfigured ? `${node} is no member any more` : `${group} is not configured any more`, now)
    }
    return isOrphaned
  }
}
