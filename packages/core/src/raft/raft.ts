import type {
  Append,
  AppendAnswer,
  Beat,
  Entry,
  EntryBody,
  GroupId,
  Incarnation,
  Index,
  InstallSnapshot,
  Instant,
  NodeId,
  Snapshot,
  Stored,
  TimeoutNow,
  VoteAnswer,
  VoteRequest,
} from '../model/index.ts'
import { mayFound, onOwnVoteDurable, onTimeoutNow, onVoteAnswer, onVoteRequest, tickElection, transferTo } from './election.ts'
import { RaftLog } from './log.ts'
import { Outbox } from './outbox.ts'
import {
  advanceCommit,
  broadcastAppends,
  finishInstall,
  followCommit,
  onAppend,
  onAppendAnswer,
  onFollowerBeat,
  onInstallSnapshot,
  proposeOwn,
  retryHeld,
} from './replication.ts'
import { becomeFollower, heardCoordinator, retryMs, staggerMs } from './role.ts'
import { isVoter, logEnd, mayStand, timingOf, voters } from './state.ts'
import type { Admit, RaftState } from './state.ts'

export type RaftMessage = VoteRequest | VoteAnswer | Append | AppendAnswer | InstallSnapshot | TimeoutNow

export interface RaftOptions {
  readonly self: NodeId
  readonly incarnation: Incarnation
  readonly stored: Stored
  /** Up to here the stored log is known as committed; the end of its snapshot where nothing more is known. */
  readonly committed?: Index
  readonly now: Instant
  readonly random: () => number
  readonly admit: Admit
}

/**
 * The log and its agreement: Raft as in Ongaro's thesis, with pre-vote, check-quorum, leadership transfer, one-at-a-time
 * membership change and snapshots. Heartbeats are the cluster's beats; what is to be persisted or sent collects in `out`.
 */
export class Raft {
  private readonly state: RaftState
  /** Since when entries of this coordinator wait to be sent: all of one step go together. */
  private proposedAt: Instant | null = null

  constructor(options: RaftOptions) {
    const { self, incarnation, stored, now, random, admit } = options
    const log = new RaftLog(stored.snapshot, stored.entries)
    const committed = options.committed ?? log.base
    this.state = {
      self,
      incarnation,
      random,
      admit,
      log,
      out: new Outbox(),
      term: stored.hard.term,
      votedFor: stored.hard.votedFor,
      role: 'follower',
      coordinator: null,
      commit: committed,
      quorumCommit: committed,
      toldCommit: 0,
      // What is committed stands in the log of every coordinator to come.
      matched: committed,
      durable: log.lastIndex,
      diskFails: false,
      electionAt: now,
      coordinatorHeardAt: -Infinity,
      heardAt: new Map(),
      campaign: null,
      peers: new Map(),
      transfer: null,
      held: null,
      installing: null,
      changed: null,
    }
    const { electionMs, heartbeatMs } = timingOf(this.state)
    this.state.electionAt = now + electionMs / 2 + heartbeatMs * random() * 2
  }

  get view(): Readonly<Omit<RaftState, 'out'>> {
    return this.state
  }
  get isCoordinator(): boolean {
    return this.state.role === 'coordinator'
  }
  get isVoter(): boolean {
    return isVoter(this.state)
  }
  get voters(): readonly NodeId[] {
    return voters(this.state)
  }

  /** Whether this node's configuration allows that the sender founds the cluster, where that is what it asks for. */
  mayFound(request: VoteRequest): boolean {
    return mayFound(this.state, request)
  }

  /** Everything to do since the last call, in order. */
  takeEffects(): ReturnType<Outbox['take']> {
    if (this.proposedAt !== null && this.isCoordinator) broadcastAppends(this.state, this.proposedAt)
    this.proposedAt = null
    return this.state.out.take()
  }
  /** Why role, term or coordinator changed since the last call; null: they did not. */
  takeChange(): string | null {
    const { changed } = this.state
    this.state.changed = null
    return changed
  }

  tick(now: Instant): void {
    const { held } = this.state
    if (held !== null && now >= held.until) retryHeld(this.state, now)
    tickElection(this.state, now)
  }
  /** This node itself was late: hear what is waiting before judging others by their silence. */
  excuseSilence(now: Instant): void {
    const { heartbeatMs, electionMs } = timingOf(this.state)
    this.state.electionAt = Math.max(this.state.electionAt, now + heartbeatMs)
    if (this.state.role !== 'coordinator') return
    for (const [node, at] of this.state.heardAt) this.state.heardAt.set(node, Math.max(at, now - electionMs + heartbeatMs))
  }

  /** A beat is Raft's heartbeat when the coordinator sends it, and an acknowledgement of its own when another does. */
  onBeat(beat: Beat, now: Instant): void {
    const { state } = this
    if (beat.term > state.term) becomeFollower(state, beat.term, null, now, `${beat.from} is in a later term`)
    state.heardAt.set(beat.from, now)
    if (beat.term < state.term) return
    if (beat.coordinator === beat.from) {
      if (state.role === 'coordinator') throw new Error(`invariant: ${beat.from} and ${state.self} both coordinate term ${state.term}`)
      if (state.coordinator !== beat.from || state.role === 'candidate')
        becomeFollower(state, beat.term, beat.from, now, `${beat.from} coordinates`)
      heardCoordinator(state, now)
      followCommit(state, beat.commit)
    } else if (state.coordinator === beat.from) {
      becomeFollower(state, state.term, null, now, `${beat.from} stepped down`)
      state.electionAt = Math.min(state.electionAt, now + staggerMs(state))
    } else if (state.role === 'coordinator') {
      onFollowerBeat(state, beat, now)
    }
  }
  onMessage(message: RaftMessage, now: Instant): void {
    const { state } = this
    // Also where the entries do not fit here: that so much is committed is so all the same.
    if (message.type === 'append') state.toldCommit = Math.max(state.toldCommit, message.commit)
    if (message.type === 'vote-request') onVoteRequest(state, message, now)
    else if (message.type === 'vote-answer') onVoteAnswer(state, message, now)
    else if (message.type === 'append') onAppend(state, message, now)
    else if (message.type === 'append-answer') onAppendAnswer(state, message, now)
    else if (message.type === 'install-snapshot') onInstallSnapshot(state, message, now)
    else onTimeoutNow(state, message, now)
  }
  /** Returns a snapshot that came into force by this. */
  onPersisted(id: number, now: Instant): Snapshot | null {
    const { state } = this
    for (const { index, term } of state.out.persisted(id, state.term)) {
      if (state.log.termAt(index) === term) state.durable = Math.max(state.durable, index)
    }
    const installed = finishInstall(state)
    onOwnVoteDurable(state, now)
    if (state.role === 'coordinator') advanceCommit(state)
    else followCommit(state, state.quorumCommit)
    return installed
  }
  /**
   * Does an entry wait here that takes the group from that node? Then its promises are prolonged no more: the entry is in
   * the coordinator's log for good, and everything behind it waits, too.
   */
  isHeldFor(group: GroupId, holder: NodeId): boolean {
    const { held, log, term } = this.state
    if (held === null || held.message.term !== term) return false
    return held.message.entries.some(({ index, term: made, body }) => {
      return body.type === 'assign' && body.group === group && body.node !== holder && index > log.base && log.termAt(index) !== made
    })
  }
  /** Entries that wait here for promises to end although a quorum has committed them: by this node's clock that cannot be. */
  heldCommitted(): readonly Entry[] {
    const { held, term, toldCommit } = this.state
    return held === null || held.message.term !== term ? [] : held.message.entries.filter(({ index }) => index <= toldCommit)
  }
  /** Writes begin to fail, or work again. What has begun goes on: a disk may only have been slow. */
  onDisk(fails: boolean, now: Instant): void {
    const { state } = this
    state.diskFails = fails
    if (!fails && state.electionAt === Infinity && mayStand(state)) state.electionAt = now + retryMs(state)
  }
  /** A promise was voided: what waited for it may go on. */
  onPromiseVoid(now: Instant): void {
    retryHeld(this.state, now)
  }

  /** As coordinator: appends, and sends when the effects are taken. null: not coordinator, handing over, or a promise of this node forbids it. */
  propose(body: EntryBody, now: Instant): Index | null {
    if (this.state.role !== 'coordinator' || this.state.transfer !== null) return null
    const index = proposeOwn(this.state, body, now)
    if (index !== null) this.proposedAt = now
    return index
  }
  transferTo(node: NodeId, now: Instant): boolean {
    return transferTo(this.state, node, now)
  }
  /** Gives up coordination without a successor. */
  stepDown(now: Instant, why: string): void {
    if (this.state.role === 'coordinator') becomeFollower(this.state, this.state.term, null, now, why)
  }
  /** The state up to the commit index was saved as a snapshot: the log before it may go. */
  compact(snapshot: Snapshot): void {
    const { state } = this
    if (snapshot.index > state.commit) throw new Error(`invariant: snapshot ${snapshot.index} beyond commit ${state.commit}`)
    state.log.rebase(snapshot)
    state.out.persist({ snapshot, compactTo: snapshot.index }, logEnd(state))
  }
  /** The next time at which `tick` has something to do. */
  nextWake(): Instant {
    const { state } = this
    const election = state.role === 'coordinator' ? Infinity : state.electionAt
    return Math.min(election, state.held?.until ?? Infinity, state.transfer?.until ?? Infinity)
  }
}
