import type { CheckStatus } from '../checks/running-check.ts'
import type { EngineStatus } from '../engine/types.ts'
import type { ClusterSpec, Configuration, GroupId, Move, MoveReply } from '../model/index.ts'
import type { TestResult } from '../notify/notifier.ts'
import type { Plan } from '../plan/plan.ts'
import type { TransportStatus } from '../ports.ts'
import type { GroupStatus } from '../runner/types.ts'

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
 * Errors: HTTP status ≥ 400 with ApiError.
 */
export interface StatusAnswer {
  readonly schemaVersion: 1
  /** Wall clock at the moment of the answer, ISO 8601. */
  readonly at: string
  readonly version: string
  readonly uptimeMs: number
  readonly engine: EngineStatus
  /** Per group what this node holds; `unfit`: why this node could not hold the endpoint, null if it could. */
  readonly runner: readonly (Omit<GroupStatus, 'endpoints'> & {
    readonly endpoints: readonly (GroupStatus['endpoints'][number] & { readonly describe: string; readonly unfit: string | null })[]
  })[]
  /** By group how its checks stand on this node. A daemon from before there were checks says nothing of them. */
  readonly checks?: Readonly<Record<GroupId, readonly CheckStatus[]>>
  readonly transport: TransportStatus
  readonly scheduling: 'rr' | 'nice' | 'normal'
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

/** The latest assignments in the whole cluster, oldest first, as far as this node has applied the log. */
export interface MovesAnswer {
  readonly schemaVersion: 1
  readonly moves: readonly Move[]
}

export interface ApiError {
  readonly schemaVersion: 1
  readonly error: { readonly code: string; readonly message: string; readonly fix: string }
}
