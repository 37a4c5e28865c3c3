import type { Epoch, GroupId, Incarnation, Index, Instant, NodeId, Term } from './ids.ts'
import type { ClusterSpec } from './cluster.ts'
import type { ChangeNote, Entry, Incident, MaintenanceOrder, MoveReport, Snapshot } from './log.ts'

/** State of one group at the node that was assigned it. */
export type HoldingState = 'claiming' | 'active' | 'stopping' | 'releasing' | 'stuck'

/** How far a holder has brought a group: its service is up, its endpoints are claimed, and seen where they should be; or it could not. */
export type ProgressStep = 'started' | 'claimed' | 'verified' | 'following' | 'followed' | 'failed'

export interface Holding {
  readonly group: GroupId
  readonly epoch: Epoch
  readonly state: HoldingState
}

/** `keep`: may go on holding, but should not be chosen anew. */
export type FitnessLevel = 'fit' | 'keep' | 'unfit'
export interface Fitness {
  readonly level: FitnessLevel
  /** Why it is not fit, for people. One that is fit, but has a reason, is chosen after those that have none. */
  readonly reasons: readonly string[]
}

/** What a voter says about the newest beat it heard from one node, DESIGN §2.2. */
export interface Echo {
  readonly node: NodeId
  readonly incarnation: Incarnation
  readonly sentAt: Instant
  /** Groups denied when that beat was heard. */
  readonly denied: readonly GroupId[]
}

export interface RunningPromise {
  readonly group: GroupId
  readonly node: NodeId
  readonly epoch: Epoch
}

/** The one periodic message, DESIGN §2.2. */
export interface Beat {
  readonly type: 'beat'
  readonly from: NodeId
  readonly incarnation: Incarnation
  /** The sender's monotonic clock; strictly increases within one life. */
  readonly sentAt: Instant
  readonly leaseMs: number
  /** The voter set the sender counts in: the latest in its log, sorted. */
  readonly voters: readonly NodeId[]
  readonly term: Term
  /** Whom the sender takes for the coordinator of `term`; the sender itself when it is. */
  readonly coordinator: NodeId | null
  readonly commit: Index
  /** Up to here the sender's durable log agrees with the coordinator of `term`. */
  readonly matched: Index
  /** (group, epoch) this node lists: assigned to it by its applied log, in this life, not released. */
  readonly holds: readonly Holding[]
  /** "Released g at epoch e": final. */
  readonly released: readonly { readonly group: GroupId; readonly epoch: Epoch }[]
  /** Only from voters. */
  readonly echoes: readonly Echo[]
  /** Only from voters. */
  readonly promises: readonly RunningPromise[]
  /** Only from the coordinator: holders that are to release, for a planned move. */
  readonly asks: readonly { readonly group: GroupId; readonly epoch: Epoch }[]
  readonly report: NodeReport
}

/** How far the data of a node is, as a check tells it. It changes all the time, and is never news by itself. */
export interface DataPosition {
  readonly position: string
  readonly at: Instant
}

export interface NodeReport {
  readonly fitness: Readonly<Record<GroupId, Fitness>>
  /** The node asks to be relieved of its groups because it is about to stop. */
  readonly leaving: boolean
  /** Worst lateness of its own event loop in the recent past, ms. */
  readonly latenessMs: number
  /** Hash of the configuration it applied. */
  readonly configHash: string
  /** How far its data is, and when that was found out on its own clock; only of groups that go by it. */
  readonly positions?: Readonly<Record<GroupId, DataPosition>>
  /** When the node's daemon started, on its own clock; said only where a group's start delay asks for it. */
  readonly startedAt?: Instant
  /** How moves to it have ended, until the log says so. Absent: there is none to tell. */
  readonly moved?: readonly MoveReport[]
  /** Groups that it cannot reach through their VIP at the holder of that epoch; said only where the configuration has that count. */
  readonly unreached?: readonly { readonly group: GroupId; readonly epoch: Epoch }[]
}

export interface VoteRequest {
  readonly type: 'vote-request'
  readonly from: NodeId
  readonly incarnation: Incarnation
  readonly to: NodeId
  readonly term: Term
  readonly lastIndex: Index
  readonly lastTerm: Term
  /** A question that changes nothing (thesis 9.6). */
  readonly pre: boolean
  /** The coordinator asked for this election (thesis 3.10): answer although it was heard lately. */
  readonly transfer: boolean
}
export interface VoteAnswer {
  readonly type: 'vote-answer'
  readonly from: NodeId
  readonly incarnation: Incarnation
  readonly to: NodeId
  readonly term: Term
  readonly granted: boolean
  readonly pre: boolean
}
export interface Append {
  readonly type: 'append'
  readonly from: NodeId
  readonly incarnation: Incarnation
  readonly to: NodeId
  readonly term: Term
  readonly prevIndex: Index
  readonly prevTerm: Term
  readonly entries: readonly Entry[]
  readonly commit: Index
}
export interface AppendAnswer {
  readonly type: 'append-answer'
  readonly from: NodeId
  readonly incarnation: Incarnation
  readonly to: NodeId
  readonly term: Term
  /** ok: durable and matched up to `index`. Not ok: the sender's log may agree up to `index` at most. */
  readonly ok: boolean
  readonly index: Index
}
export interface InstallSnapshot {
  readonly type: 'install-snapshot'
  readonly from: NodeId
  readonly incarnation: Incarnation
  readonly to: NodeId
  readonly term: Term
  readonly snapshot: Snapshot
}
/** The coordinator hands over: stand for election at once (thesis 3.10). */
export interface TimeoutNow {
  readonly type: 'timeout-now'
  readonly from: NodeId
  readonly incarnation: Incarnation
  readonly to: NodeId
  readonly term: Term
}

/** What an operator asks of the cluster, or of one node. */
export type ClusterRequest = ClusterWish | DrillRequest
/** An operator's wish, forwarded to the coordinator. */
export type ClusterWish = MoveRequest | ChangeRequest
/** For the holder of the group alone, which is to suffer a fault: to be killed, or neither to hear nor to be heard for so long. */
export interface DrillRequest {
  readonly type: 'drill'
  readonly group: GroupId
  /** Under which it has the group: it is struck only for that. */
  readonly epoch: Epoch
  readonly fault: 'kill' | 'isolate'
  readonly forMs: number
  /** Also where nobody would start its daemon again. */
  readonly unsupervised: boolean
}
export type MoveRequest = { readonly type: 'switchover'; readonly group: GroupId; readonly to?: NodeId }
/** What is to be brought into the log. */
export type ChangeRequest =
  /** `version` names the configuration that this one is to take the place of. */
  | { readonly type: 'configure'; readonly spec: ClusterSpec; readonly version: Index; readonly note: ChangeNote }
  /** `force`: also where a group then has no node left that could take it. */
  | { readonly type: 'maintain'; readonly order: MaintenanceOrder; readonly force: boolean; readonly note: ChangeNote }
  /** The node was fenced, or an operator has seen that it is off. */
  | { readonly type: 'clear'; readonly node: NodeId; readonly epochs: readonly Epoch[]; readonly how: string }
  /** A holder tells what it found. */
  | { readonly type: 'tell'; readonly incidents: readonly Incident[] }

export type ClusterReply = MoveReply | ChangeReply
export type MoveReply =
  | { readonly ok: true; readonly group: GroupId; readonly from: NodeId | null; readonly to: NodeId; readonly epoch: Epoch }
  | RefusedReply
/** `index`: of the entry, which a quorum has; of the assignment that a drill strikes. */
export type ChangeReply = { readonly ok: true; readonly index: Index } | RefusedReply
export interface RefusedReply {
  readonly ok: false
  readonly code:
    | 'no-quorum'
    | 'unknown-group'
    | 'unknown-node'
    | 'not-a-candidate'
    | 'unfit'
    | 'busy'
    | 'timeout'
    | 'outdated'
    | 'not-now'
    | 'last-fit'
    | 'no-redundancy'
    | 'not-permitted'
    | 'no-supervisor'
  readonly message: string
}

export interface RequestMessage {
  readonly type: 'request'
  readonly from: NodeId
  readonly incarnation: Incarnation
  readonly to: NodeId
  readonly id: string
  readonly request: ClusterRequest
}
export interface ReplyMessage {
  readonly type: 'reply'
  readonly from: NodeId
  readonly incarnation: Incarnation
  readonly to: NodeId
  readonly id: string
  readonly reply: ClusterReply
}

export type Message = Beat | VoteRequest | VoteAnswer | Append | AppendAnswer | InstallSnapshot | TimeoutNow | RequestMessage | ReplyMessage
