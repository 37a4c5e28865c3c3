import type {
  Adoption,
  ClusterEvent,
  ClusterReply,
  ClusterRequest,
  ClusterSpec,
  ClusterState,
  DataPosition,
  DropCause,
  Epoch,
  Fitness,
  GroupId,
  HoldingState,
  Incarnation,
  Index,
  Instant,
  Maintenance,
  Message,
  NodeId,
  ProgressStep,
  Stored,
  Suspect,
  Write,
} from '../model/index.ts'
import type { DrillRights } from './strike.ts'

/** What an engine is born with. */
export interface EngineOptions {
  readonly self: NodeId
  readonly incarnation: Incarnation
  /** What was on disk. A new cluster starts with a snapshot at index 0 made by `bootstrapStored`. */
  readonly stored: Stored
  readonly now: Instant
  /** In [0, 1). Seeds the stagger of elections; the engine itself draws nothing. */
  readonly random: () => number
  /** Entries in the log after which a snapshot takes their place; 1000 unless told. */
  readonly compactAfter?: number
  /** Whether drills may strike this node; absent: none. */
  readonly drills?: DrillRights
  /** What the former life, which this one replaces in its very process, has handed over. Absent: nothing of any earlier life is served. */
  readonly adopted?: Adoption
}

/** Everything that can happen to a node. `now` never decreases. */
export type Input = { readonly now: Instant } &
  /** The time asked for by the last `wake` has come (later is allowed, earlier harmless). */
  (
    | { readonly type: 'wake' }
    | { readonly type: 'message'; readonly message: Message }
    /** The write with this id, and all before it, is on disk. */
    | { readonly type: 'persisted'; readonly id: number }
    /** Whether the disk takes writes at present; a failing one is retried by storage, in order. */
    | { readonly type: 'storage'; readonly failing: string | null }
    /** The runner: every endpoint of the group is down under this epoch, and stays down. */
    | { readonly type: 'released'; readonly group: GroupId; readonly epoch: Epoch }
    /** The runner: how far the claim is. */
    | { readonly type: 'holding'; readonly group: GroupId; readonly epoch: Epoch; readonly state: HoldingState }
    /** The runner, for people: how far a right has brought its group. */
    | { readonly type: 'progress'; readonly group: GroupId; readonly epoch: Epoch; readonly step: ProgressStep; readonly why?: string }
    /** The runner: endpoints which an earlier life of this node left behind were observed down. */
    | { readonly type: 'swept' }
    | { readonly type: 'fitness'; readonly group: GroupId; readonly fitness: Fitness }
    /** How far this node's data is; null: it cannot be told at present. It is said with the next beat that is due anyway. */
    | { readonly type: 'position'; readonly group: GroupId; readonly told: DataPosition | null }
    /** Whether the group, given to another node under this epoch, can be reached there through its VIP; null: it can, as far as is known. */
    | { readonly type: 'unreached'; readonly group: GroupId; readonly epoch: Epoch | null }
    /** How late this node's own event loop has been at worst lately, ms. */
    | { readonly type: 'lateness'; readonly latenessMs: number }
    /** So far the wall clock is ahead of `now`, ms. For people alone: nothing is decided by it. */
    | { readonly type: 'wall-clock'; readonly aheadMs: number }
    /** Groups whose window for going back is open now, by the wall clock. Replaces what was told before; until then none is. */
    | { readonly type: 'windows'; readonly open: readonly GroupId[] }
    /** As coordinator: replace the configuration; the voter set may change by one voter. Answered by `configured`. */
    | { readonly type: 'configure'; readonly id: string; readonly spec: ClusterSpec }
    | { readonly type: 'request'; readonly id: string; readonly request: ClusterRequest }
    /** Local emergency: give up every group now, and take none until the next life. */
    | { readonly type: 'release-all' }
    /** As coordinator: let another voter coordinate, if there is one. */
    | { readonly type: 'step-aside' }
    /** Hand everything over, then say `stopped`. */
    | { readonly type: 'stop' }
  )

/** What the engine wants done, strictly in this order. */
export type Effect =
  | { readonly type: 'persist'; readonly write: Write }
  | { readonly type: 'send'; readonly to: NodeId | 'all'; readonly message: Message }
  /** Replaces the wake asked for before. */
  | { readonly type: 'wake'; readonly at: Instant }
  /** An assignment to this node is in its log but not yet committed: prepare, change nothing. */
  | { readonly type: 'expect'; readonly group: GroupId; readonly epoch: Epoch }
  /** This node may claim and serve the group until then. Repeated with a later `until` as it is renewed. */
  | { readonly type: 'lease'; readonly group: GroupId; readonly epoch: Epoch; readonly until: Instant }
  /** Stop serving: traffic first. Answered by `released`. */
  | { readonly type: 'drop'; readonly group: GroupId; readonly epoch: Epoch; readonly cause: DropCause }
  /** A configuration was applied (also once at start). */
  | { readonly type: 'spec'; readonly spec: ClusterSpec }
  | { readonly type: 'reply'; readonly id: string; readonly reply: ClusterReply }
  /** The entry of a new configuration was appended, or why not. */
  | { readonly type: 'configured'; readonly id: string; readonly refused: string | null }
  | { readonly type: 'event'; readonly event: ClusterEvent }
  /** A drill: the daemon is to die at once, or to be cut off for so long. */
  | { readonly type: 'drill'; readonly fault: 'kill' | 'isolate'; readonly forMs: number }
  /** All was handed over or given up: the daemon may end. */
  | { readonly type: 'stopped' }
  /** This node must not go on: let go of everything, say why, end. */
  | { readonly type: 'fatal'; readonly code: 'STALE_DATA' | 'FOREIGN_DATA'; readonly message: string }

/** One node's brain. Synchronous and deterministic: same options and inputs, same effects. */
export interface Engine {
  step(input: Input): readonly Effect[]
  status(now: Instant): EngineStatus
  /** What the applied log amounts to. */
  state(): ClusterState
  /**
   * Hands everything over to the next life in this process: from here on this one does nothing any more. Or why that cannot be at present;
   * then it goes on.
   */
  handOver(now: Instant): HandOver
}

/** What a life hands over, or why not. */
export type HandOver = { readonly ok: true; readonly adoption: Adoption } | { readonly ok: false; readonly why: string }

/** The truth as one node knows it, with its age. */
export interface EngineStatus {
  readonly node: NodeId
  readonly incarnation: Incarnation
  readonly cluster: string
  readonly term: number
  readonly role: 'coordinator' | 'candidate' | 'follower'
  readonly coordinator: NodeId | null
  readonly quorum: boolean
  /** Whom this node hears, where there is no quorum. */
  readonly quorumLack?: string
  readonly commit: number
  readonly applied: number
  readonly lastIndex: number
  readonly voters: readonly NodeId[]
  readonly storageFailing: string | null
  /** The configuration that this node has applied. */
  readonly configuration: { readonly version: Index; readonly hash: string }
  /** What operators have drained and paused. */
  readonly maintenance: Maintenance
  readonly nodes: readonly {
    readonly id: NodeId
    readonly site: string
    readonly voter: boolean
    readonly witness: boolean
    /** ms since its newest beat was heard; null: not heard in this life. 0 for this node. */
    readonly heardAgoMs: number | null
    readonly latenessMs: number | null
    readonly leaving: boolean
    /** How long its daemon has been up; absent: it does not say, which it does only where a group has a start delay. */
    readonly upMs?: number
    readonly generation: number | null
    /** Of the configuration that it has applied; null: not heard in this life. */
    readonly configHash: string | null
  }[]
  readonly groups: readonly {
    readonly id: GroupId
    readonly holder: NodeId | null
    readonly epoch: Epoch
    readonly cause: string
    /** As the holder last said; null: it has said nothing about this epoch. */
    readonly state: HoldingState | null
    /** Only on the holder itself: rest of the lease. */
    readonly leaseMs: number | null
    readonly candidates: readonly {
      readonly node: NodeId
      readonly fitness: Fitness
      /** How far the node's data is, where the group goes by it and the node tells. */
      readonly position?: string
      /** It could not bring the group up a while ago: only the coordinator knows. */
      readonly failedLately?: true
      /** Nor has anything happened to it since: the group does not go back there by itself. Only the coordinator knows. */
      readonly gaveUp?: true
    }[]
    /** Former holders that may still run it, and what they say of it; absent: nobody. */
    readonly suspects?: readonly (Suspect & { readonly isHeard: boolean; readonly state: HoldingState | null })[]
  }[]
}
