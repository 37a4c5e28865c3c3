import type { ClusterSpec } from './cluster.ts'
import type { Suspects } from './fence.ts'
import type { Epoch, GroupId, Index, NodeId, Term } from './ids.ts'

/** Who had something changed, and when by the wall clock there: for people, nothing is computed from it. */
export interface ChangeNote {
  /** ISO 8601. */
  readonly at: string
  readonly by: string
  readonly what: string
}

/** What an operator wants of movip for a while, DESIGN §1: drain and pause. `group: null` means every group. */
export type MaintenanceOrder =
  | { readonly action: 'drain' | 'resume'; readonly nodes: readonly NodeId[] }
  | { readonly action: 'pause' | 'unpause'; readonly group: GroupId | null }

/** What a log entry says. */
export type EntryBody =
  | { readonly type: 'noop' }
  /**
   * `node: null` takes the group from everybody. The entry's index is the epoch. `at`: wall clock of the coordinator when it decided, ms
   * since 1970. It and `phases` are for people alone: nothing is decided by them.
   */
  | {
      readonly type: 'assign'
      readonly group: GroupId
      readonly node: NodeId | null
      readonly cause: string
      readonly at?: number
      readonly phases?: MovePhases
      /** The group asks for a fence, and the holder before has not said that it released it. */
      readonly unreleased?: true
    }
  /** The whole configuration; its voter set differs from the one before by one voter at most. */
  | { readonly type: 'cluster'; readonly spec: ClusterSpec; readonly note?: ChangeNote }
  /** From here on only this data folder, in this life or a later one, is that node. */
  | { readonly type: 'bind'; readonly node: NodeId; readonly dataId: string; readonly generation: number }
  | { readonly type: 'maintenance'; readonly order: MaintenanceOrder; readonly note: ChangeNote }
  /** How moves ended, as their new holders have told: for people alone. */
  | { readonly type: 'moved'; readonly reports: readonly MoveReport[] }
  /** What holders found of their endpoints: for people alone. */
  | { readonly type: 'incidents'; readonly incidents: readonly Incident[] }
  /** That node runs nothing any more of what it was given under these epochs; `how` is for people. */
  | { readonly type: 'cleared'; readonly node: NodeId; readonly epochs: readonly Epoch[]; readonly how: string }

export interface Entry {
  readonly index: Index
  readonly term: Term
  readonly body: EntryBody
}

export interface Assignment {
  readonly node: NodeId | null
  readonly epoch: Epoch
  readonly cause: string
}

/**
 * How long a move took, one phase after the other. What comes before its assignment is by the clock of the coordinator that made it; what comes
 * after it is by the clock of the new holder, and absent until that has told it.
 */
export interface MovePhases {
  /** From the last sign of life of its holder to the moment in which it was given up; 0: the holder was alive. */
  readonly detectMs: number
  /** What it took beyond all other phases until a quorum had agreed on its new holder. */
  readonly decideMs: number
  /** From the moment in which it was to go until it was free: its holder had let it go, or promises had ended. Absent: nobody had it. */
  readonly stopMs?: number
  /** From the moment in which its new holder learnt of it until its service was up. Absent: it has none. */
  readonly startMs?: number
  /** From then on until its endpoints were claimed. */
  readonly claimMs?: number
  /** From then on until its backends had seen them there. */
  readonly verifyMs?: number
  /** From then on until all that points at its site did so, such as a record of DNS. Absent: nothing does, or it does not so far. */
  readonly followMs?: number
}

/** What the new holder of a group tells of the end of a move. */
export interface MoveReport extends Pick<MovePhases, 'startMs' | 'claimMs' | 'verifyMs' | 'followMs'> {
  readonly group: GroupId
  readonly epoch: Epoch
  /** From the moment in which it learnt of its assignment until a quorum had agreed on that. */
  readonly agreeMs: number
  /** Why it did not get as far as the claim; absent: it did. */
  readonly failed?: string
}

/** One assignment that was made, as people look back on it. */
export interface Move {
  readonly group: GroupId
  readonly from: NodeId | null
  readonly to: NodeId | null
  readonly epoch: Epoch
  readonly cause: string
  /** Wall clock of the coordinator that decided, ms since 1970. */
  readonly at: number
  readonly phases?: MovePhases
  /** Why its new holder could not bring it up; absent: it could, or nobody told. */
  readonly failed?: string
}

/** An order that an operator gave, as people look back on it. */
export interface GivenOrder {
  /** Index of the entry that made it. */
  readonly index: Index
  readonly order: MaintenanceOrder
  readonly note: ChangeNote
}

/** So many incidents go into one entry. */
export const INCIDENTS_AT_ONCE = 50

/** Something led traffic away from an endpoint that was held, or the holder has led it back. */
export interface Incident {
  readonly state: 'stolen' | 'recovered'
  readonly group: GroupId
  /** Who holds it, and under which epoch. */
  readonly node: NodeId
  readonly epoch: Epoch
  /** What the endpoint is called, such as `10.99.0.50/32`. */
  readonly endpoint: string
  /** What leads to it, such as a route table. */
  readonly through: string
  /** Where that led to when it was seen; null: nowhere. */
  readonly to: string | null
  /** When the holder saw it, by its wall clock, ISO 8601. */
  readonly at: string
}

/** An incident as people look back on it. */
export interface KnownIncident extends Incident {
  /** Index of the entry that tells of it. */
  readonly index: Index
}

/** A configuration that is or was in force. */
export interface Configuration {
  /** Index of the entry that made it. */
  readonly version: Index
  readonly spec: ClusterSpec
  readonly note?: ChangeNote
}

/** What operators have taken out of movip's hands; the note says who did, and when. */
export interface Maintenance {
  /** Nodes that are to hold no group while another can. */
  readonly drained: Readonly<Record<NodeId, ChangeNote>>
  /** Groups that move only when an operator asks for it. */
  readonly paused: Readonly<Record<GroupId, ChangeNote>>
  /** Since when that is so of every group; null: it is not. */
  readonly pausedAll: ChangeNote | null
}

/** What the applied log amounts to. A snapshot is exactly this. */
export interface ClusterState {
  readonly spec: ClusterSpec
  readonly assignments: Readonly<Record<GroupId, Assignment>>
  readonly bindings: Readonly<Record<NodeId, { readonly dataId: string; readonly generation: number }>>
  /** Longest lease that any configuration so far named, in ms: how long a restarted voter waits. */
  readonly longestLeaseMs: number
  /** The latest assignments whose time is known, oldest first, the same on every node; absent: there is none. */
  readonly moves?: readonly Move[]
  /** The latest configurations, oldest first: the last one is in force. Absent until an entry makes one. */
  readonly history?: readonly Configuration[]
  /** The latest orders of operators, oldest first, also those that are over; absent: there is none. */
  readonly orders?: readonly GivenOrder[]
  /** The latest incidents, oldest first; absent: there is none. */
  readonly incidents?: readonly KnownIncident[]
  /** Absent where everything is in movip's hands. */
  readonly maintenance?: Maintenance
  /** Absent where nobody has to be fenced. */
  readonly suspects?: Suspects
}

export interface Snapshot {
  readonly index: Index
  readonly term: Term
  readonly state: ClusterState
}

/** A voter's word about a term, on disk before any message that depends on it. */
export interface HardState {
  readonly term: Term
  readonly votedFor: NodeId | null
}

/** One durable write. Parts are applied together: snapshot, then the cut, then the entries. */
export interface Write {
  /** Grows by one from write to write of one life; writes become durable in this order. */
  readonly id: number
  readonly hard?: HardState
  readonly snapshot?: Snapshot
  /** Entries from this index on are cut off before `entries` are added. */
  readonly cutFrom?: Index
  readonly entries?: readonly Entry[]
  /** Entries up to this index are covered by a snapshot on disk and may be dropped. */
  readonly compactTo?: Index
}

/** What storage holds at start. */
export interface Stored {
  readonly hard: HardState
  readonly snapshot: Snapshot
  /** Contiguous from `snapshot.index + 1`. */
  readonly entries: readonly Entry[]
}
