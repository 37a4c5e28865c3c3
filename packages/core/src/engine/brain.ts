import { Leases } from '../lease/leases.ts'
import { Promises } from '../lease/promises.ts'
import type {
  Beat,
  ClusterReply,
  ClusterSpec,
  ClusterState,
  DataPosition,
  Entry,
  Epoch,
  GroupId,
  Incarnation,
  Index,
  Instant,
  NodeId,
} from '../model/index.ts'
import { quorumOf } from '../model/index.ts'
import { Raft } from '../raft/raft.ts'
import { adopt } from './adoption.ts'
import { fingerprint } from './apply.ts'
import { Coordination } from './coordination.ts'
import { Haste } from './haste.ts'
import { Holdings } from './holdings.ts'
import type { Origin } from './moves.ts'
import { MoveReports } from './move-reports.ts'
import { Peers } from './peers.ts'
import type { DrillRights } from './strike.ts'
import type { Effect, EngineOptions } from './types.ts'

/** Entries in the log after which a snapshot takes their place. */
const COMPACT_AFTER = 1000

/** All of one engine's state and the queries on it. The steps in `engine.ts` change it. */
export class Brain {
  readonly self: NodeId
  readonly incarnation: Incarnation
  readonly raft: Raft
  readonly promises: Promises
  readonly leases: Leases
  readonly peers = new Peers()
  readonly holdings: Holdings
  readonly coordination: Coordination
  readonly reports = new MoveReports()
  readonly requests = new Map<string, Instant>()
  /** Wishes that other nodes forwarded, and until when each is remembered. */
  readonly heardWishes = new Map<string, Instant>()
  readonly refused = new Set<string>()
  /** Nodes that were heard from an older copy of their data folder, and the start at which the cluster knows them. */
  readonly surpassed = new Map<NodeId, Incarnation>()
  /** Nodes that have not been heard for an election time. */
  readonly silent = new Set<string>()
  readonly effects: Effect[] = []
  readonly compactAfter: number
  readonly rights: DrillRights
  /** When this life began. */
  readonly startedAt: Instant
  /** What the applied log amounts to. */
  state: ClusterState
  applied: Index
  configHash: string
  private owned: { readonly spec: ClusterSpec; readonly groups: readonly GroupId[] } | null = null
  /** Since when it has not been the coordinator's, and whether for so long that this node should hold nothing. */
  differsSince: Instant | null = null
  isOutdated = false
  /** The bindings among which this node has looked for its own. */
  checkedBindings: ClusterState['bindings'] | null = null
  /** What this node cannot reach at its holder, with the epoch of that. */
  readonly unreached = new Map<GroupId, Epoch>()
  latenessMs = 0
  /** How far the data of this node is, as its checks told last. */
  readonly positions = new Map<GroupId, DataPosition>()
  /** So far the wall clock is ahead of this node's own; null: never told. */
  wallAheadMs: number | null = null
  storageFailing: string | null = null
  /** This node hands over and ends; after that moment it just lets go. */
  leavingUntil: Instant | null = null
  /** Whom this node has asked, on its way out, to coordinate in its place; the latest last. */
  readonly successors: NodeId[] = []
  stopped = false
  /** The applied configuration has not been told since it changed; at the start it never was. */
  specDue = true
  lastBeat: Beat | null = null
  /** When it beat last. */
  beatAt: Instant = -Infinity
  /** The coordinator's beat was heard since. */
  inStep = false
  nextBeatAt: Instant
  /** Something in the beat has changed: it is due now. */
  beatDue = false
  readonly beatHaste = new Haste()
  /** Something happened that the coordinator has to look at before its next beat. */
  coordinationDue = false
  /** It is nothing that comes in masses, and so it does not wait for more. */
  coordinationUrgent = false
  readonly coordinationHaste = new Haste()
  wakeAt: Instant = Infinity
  /** Whether there was a quorum at the last step: only a change of that is told. */
  hadQuorum = false

  constructor(options: EngineOptions) {
    const { self, incarnation, stored, now, random, adopted } = options
    this.self = self
    this.incarnation = incarnation
    this.compactAfter = options.compactAfter ?? COMPACT_AFTER
    this.rights = options.drills ?? { permitted: false, supervised: false }
    this.state = stored.snapshot.state
    this.applied = stored.snapshot.index
    this.configHash = fingerprint(this.state.spec)
    this.nextBeatAt = now
    this.startedAt = now
    const admit = (entry: Entry, before: Parameters<Raft['view']['admit']>[1], at: Instant): Instant | null => this.admit(entry, before, at)
    this.raft = new Raft({
      self,
      incarnation,
      stored,
      now,
      random,
      admit,
      ...(adopted === undefined ? {} : { committed: adopted.applied }),
    })
    const { log } = this.raft.view
    this.promises = new Promises(now, log.longestLeaseMs, log.spec.spec.timing)
    this.leases = new Leases(self, incarnation)
    this.holdings = new Holdings(self, incarnation, log.lastIndex, this.leases)
    if (adopted !== undefined) adopt(this, adopted, now)
    const answer = (origin: Origin, reply: ClusterReply): void => this.answer(origin, reply)
    this.coordination = new Coordination({
      self,
      raft: this.raft,
      promises: this.promises,
      peers: this.peers,
      state: () => this.state,
      answer,
      wallClock: (now) => (this.wallAheadMs === null ? null : Math.round(now + this.wallAheadMs)),
    })
  }

  emit(...effects: readonly Effect[]): void {
    this.effects.push(...effects)
  }

  /** The promise rule as Raft asks for it: may this entry be appended here now? */
  private admit(entry: Entry, before: Parameters<Raft['view']['admit']>[1], now: Instant): Instant | null {
    // Only who never was a voter has promised nothing: the configuration that removed it may be cut off again.
    if (entry.body.type !== 'assign' || !this.raft.view.log.knowsVoter(this.self)) return null
    const { group, node } = entry.body
    return this.promises.refusesUntil(group, node, before.get(group), now)
  }

  /** Sends the reply to whoever asked: this node's own API or another node. */
  answer(origin: Origin, reply: ClusterReply): void {
    const { self, incarnation } = this
    if (origin.node === self) this.emit({ type: 'reply', id: origin.id, reply })
    else
      this.emit({
        type: 'send',
        to: origin.node,
        message: { type: 'reply', from: self, incarnation, to: origin.node, id: origin.id, reply },
      })
  }

  /** The groups that may live on this node. */
  get ownGroups(): readonly GroupId[] {
    const { spec } = this.state
    if (this.owned?.spec !== spec)
      this.owned = { spec, groups: spec.groups.filter(({ nodes }) => nodes.includes(this.self)).map(({ id }) => id) }
    return this.owned.groups
  }

  /** A coordinator is known and was heard within an election time, or this node is it. */
  hasQuorum(now: Instant): boolean {
    const { role, coordinator, coordinatorHeardAt, heardAt } = this.raft.view
    const { electionMs } = this.state.spec.timing
    if (role !== 'coordinator') return coordinator !== null && now - coordinatorHeardAt < electionMs
    const { voters } = this.raft
    const heard = voters.filter((node) => node === this.self || now - (heardAt.get(node) ?? -Infinity) < electionMs)
    return heard.length >= quorumOf(voters.length)
  }
}
