import type { CheckStatus } from '../checks/running-check.ts'
import type { EngineStatus } from '../engine/types.ts'
import type {
  ChangeNote,
  ClusterSpec,
  Configuration,
  Epoch,
  GroupId,
  KnownIncident,
  MaintenanceOrder,
  Move,
  MoveReply,
} from '../model/index.ts'
import type { TestResult } from '../notify/notifier.ts'
import type { Plan } from '../plan/plan.ts'
import type { TransportStatus } from '../ports.ts'
import type { GroupStatus } from '../runner/types.ts'
import type { KeptStatus } from '../runtime/kept-endpoint.ts'
import type { Rejection } from './refusal.ts'

/**
 * The local HTTP API on the unix socket, JSON in and out:
 *   GET  /v1/status                        → StatusAnswer
 *   GET  /v1/cluster                       → ClusterAnswer   the configuration that this node has applied
 *   GET  /v1/events?limit=N&after=M&wait=T → EventsAnswer    newest last; after M: only those that came later; waits T ms for one
 *   GET  /v1/moves                         → MovesAnswer     the same on every node
 *   POST /v1/switchover {group, to?}       → SwitchoverAnswer; waits for the outcome
 *   POST /v1/release                       → { schemaVersion: 1, released: string[] }      everything, until the next start
 *   POST /v1/configure {cluster: <yaml>}   → { schemaVersion: 1 }   appended by this node, the coordinator; in force once committed
 *   POST /v1/plan {target}                 → PlanAnswer; changes nothing. `target`: {cluster: <yaml>, file?}, or {version} of an earlier configuration
 *   POST /v1/apply {target, version, by}   → ApplyAnswer; one step on the way there, from that version; waits until a quorum has it
 *   GET  /v1/history                       → HistoryAnswer; oldest first
 *   POST /v1/maintenance {action, nodes?, group?, force?, by} → MaintenanceAnswer; `nodes` may name sites
 *   POST /v1/notify                        → NotifyAnswer; a test message to every target of notifications, and what each said
 *   POST /v1/drill {group, epoch, fault, forMs, unsupervised} → { schemaVersion: 1 }   the holder is about to be killed or cut off
 *   POST /v1/fence {node, by}              → FenceAnswer; somebody has seen that the node is off
 *   POST /v1/upgrade {program?}            → UpgradeAnswer; after the rehearsal, before the daemon is replaced
 *   GET  /v1/upgrade                       → UpgradeState
 *   POST /v1/take-over {word, …}           → TakeOverAnswer; for the program of an upgrade alone, which knows the word
 * Errors: HTTP status ≥ 400 with ApiError.
 */
export interface StatusAnswer {
  readonly schemaVersion: 1
  /** Wall clock at the moment of the answer, ISO 8601. */
  readonly at: string
  readonly version: string
  readonly uptimeMs: number
  readonly engine: EngineStatus
  /** Per group what this node holds, with its endpoints. */
  readonly runner: readonly (Omit<GroupStatus, 'endpoints'> & {
    readonly endpoints: readonly (GroupStatus['endpoints'][number] & KeptStatus)[]
  })[]
  /** By group how its checks stand on this node. A daemon from before there were checks says nothing of them. */
  readonly checks?: Readonly<Record<GroupId, readonly CheckStatus[]>>
  readonly transport: TransportStatus
  readonly scheduling: 'rr' | 'nice' | 'normal'
  /** What its unit forbids the daemon, and so the services that it starts, by names of systemd. A daemon of an earlier version says nothing of it. */
  readonly bounds?: readonly string[]
  readonly memoryMb: number
}

export interface ClusterAnswer {
  readonly schemaVersion: 1
  readonly cluster: ClusterSpec
}

export type { CheckStatus } from '../checks/running-check.ts'

export type SwitchoverAnswer = { readonly schemaVersion: 1; readonly reply: MoveReply; readonly tookMs: number }

export interface PlanAnswer {
  readonly schemaVersion: 1
  readonly plan: Plan
}

export interface ApplyAnswer {
  readonly schemaVersion: 1
  /** The version that is in force once the asked node has applied it, too. */
  readonly version: number
  /** What was done; null: it was so already. */
  readonly step: string | null
  /** So many steps are left: ask again, with this version. */
  readonly remaining: number
}

export interface HistoryAnswer {
  readonly schemaVersion: 1
  readonly configurations: readonly Configuration[]
}

export interface MaintenanceAnswer {
  readonly schemaVersion: 1
  /** Index of the entry. */
  readonly index: number
  /** The nodes that it is about. */
  readonly nodes: readonly string[]
}

export interface NotifyAnswer {
  readonly schemaVersion: 1
  readonly targets: readonly TestResult[]
}

export interface FenceAnswer {
  readonly schemaVersion: 1
  /** Index of the entry. */
  readonly index: number
  /** The groups that waited for it. */
  readonly groups: readonly string[]
}

/** The new program has rehearsed, and takes over in a moment: then `UpgradeState` has a later generation. */
export interface UpgradeAnswer {
  readonly schemaVersion: 1
  readonly from: { readonly version: string; readonly generation: number }
  readonly to: { readonly version: string }
  /** How long it took to open a copy of the data folder. */
  readonly rehearsalMs: number
}

/** What a program that has rehearsed beside the daemon says of itself when it asks to take over. */
export interface TakeOverOffer {
  /** The daemon has told it to nobody else. */
  readonly word: string
  readonly self: { readonly pid: number; readonly startedAt: string }
  readonly version: string
  /** The forms of a hand-over that it understands. */
  readonly formats: readonly number[]
  /** How it was started: file, then all arguments from the zeroth on. */
  readonly start: readonly string[]
  /** How long it takes to open the data folder, ms. */
  readonly openMs: number
}

export interface TakeOverAnswer {
  readonly schemaVersion: 1
  /** As the one who asked has said that it understands. */
  readonly handOver: object
}

export interface UpgradeState {
  readonly schemaVersion: 1
  readonly version: string
  /** Which start of its data folder this life is. */
  readonly generation: number
  /** This process only keeps the place of the daemon while that becomes the new program. */
  readonly isPassing: boolean
  /** Why the last upgrade was given up after all; null: it was not, or none was tried. */
  readonly refused: string | null
  /** How this life began. */
  readonly began: {
    /** The version that handed over to it; null: nobody did. */
    readonly from: string | null
    /** What it went on with. */
    readonly adopted: readonly { readonly group: GroupId; readonly epoch: Epoch }[]
    /** Why it went on with nothing of what was handed over; null: it did, or there was nothing. */
    readonly why: string | null
    /** For so long nothing was heard of this node; null: nothing is yet, or it did not go on. */
    readonly pauseMs: number | null
  }
}

export interface EventRecord {
  /** Wall clock, ISO 8601. */
  readonly at: string
  readonly node: string
  readonly event: { readonly type: string } & Readonly<Record<string, unknown>>
}

/** What this node remembers of its own life. */
export interface EventsAnswer {
  readonly schemaVersion: 1
  readonly events: readonly EventRecord[]
  /** How many events there were in this life: with `after` set to this, the next answer goes on from here. */
  readonly last: number
}

/** The latest assignments in the whole cluster, and what operators had done, oldest first, as far as this node has applied the log. */
export interface MovesAnswer {
  readonly schemaVersion: 1
  readonly moves: readonly Move[]
  /** Absent: the daemon is of an earlier version, which does not remember them. */
  readonly orders?: readonly OrderRecord[]
  /** Absent: as with orders. */
  readonly incidents?: readonly KnownIncident[]
}

/** What an operator had done: who, and when by the clock of the node that was asked. */
export interface OrderRecord extends ChangeNote {
  /** Index of the entry that made it; of a configuration its version. */
  readonly index: number
  readonly action: MaintenanceOrder['action'] | 'apply'
  /** Which nodes were drained or resumed. */
  readonly nodes: readonly string[]
  /** Which group was paused or unpaused; null: all of them, or it is about no group. */
  readonly group: string | null
}

export interface ApiError {
  readonly schemaVersion: 1
  readonly error: Rejection
}
