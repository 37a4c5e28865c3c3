import type { Capabilities, Grant, Observation } from '../backend.ts'
import type { DropCause, Epoch, GroupId, HoldingState, Instant, ProgressStep } from '../model/index.ts'

/**
 * The group runner: one pure machine per node that turns leases and drops into backend calls and repairs drift.
 * Level-triggered: it compares what should be (lease or no lease) with `observe()` on events and on a period.
 * Synchronous and deterministic like the engine; the executor in `runtime/` performs its effects, the simulator does in tests.
 */
export type RunnerInput = { readonly now: Instant } & (
  | { readonly type: 'wake' }
  /** From the engine, unchanged. */
  | { readonly type: 'expect'; readonly group: GroupId; readonly epoch: Epoch }
  | { readonly type: 'lease'; readonly group: GroupId; readonly epoch: Epoch; readonly until: Instant }
  | { readonly type: 'drop'; readonly group: GroupId; readonly epoch: Epoch; readonly cause: DropCause }
  /** Endpoints that apply on this node, made by their plugins. */
  | {
      readonly type: 'endpoints'
      readonly group: GroupId
      readonly endpoints: readonly { readonly id: string; readonly capabilities: Capabilities }[]
    }
  | { readonly type: 'settled'; readonly call: number; readonly result: CallResult }
  /** A backend says the world changed. */
  | { readonly type: 'changed'; readonly group: GroupId; readonly endpoint: string; readonly why: string }
  /** A renewal was refused: the kernel's right had lapsed. */
  | { readonly type: 'lapsed'; readonly group: GroupId; readonly endpoint: string }
)

export type CallResult =
  | { readonly ok: true; readonly observation?: Observation }
  /** `aborted`: the call may still land. */
  | { readonly ok: false; readonly code: string; readonly message: string; readonly aborted: boolean }

export type RunnerEffect =
  | {
      readonly type: 'call'
      readonly call: number
      readonly group: GroupId
      readonly endpoint: string
      readonly operation: 'prepare' | 'claim' | 'release' | 'observe'
      readonly grant: Grant | null
      readonly epoch: Epoch
    }
  | { readonly type: 'abort'; readonly call: number }
  /** The lease under which a running claim was made was renewed: the call need not be cut off before then. */
  | { readonly type: 'extend'; readonly call: number; readonly until: Instant }
  | { readonly type: 'renew'; readonly group: GroupId; readonly endpoint: string; readonly grant: Grant }
  /** To the engine. */
  | { readonly type: 'released'; readonly group: GroupId; readonly epoch: Epoch }
  | { readonly type: 'holding'; readonly group: GroupId; readonly epoch: Epoch; readonly state: HoldingState }
  /** To the engine, for people: how far a right has brought its group, each step once. `why`: only where it has failed. */
  | { readonly type: 'progress'; readonly group: GroupId; readonly epoch: Epoch; readonly step: ProgressStep; readonly why?: string }
  /** Replaces the wake asked for before. */
  | { readonly type: 'wake'; readonly at: Instant }
  | { readonly type: 'event'; readonly event: RunnerEvent }

export type RunnerEvent =
  | { readonly type: 'active'; readonly group: GroupId; readonly epoch: Epoch; readonly claimMs: number }
  /** What the life before had up was claimed anew, under the same epoch. */
  | { readonly type: 'adopted'; readonly group: GroupId; readonly epoch: Epoch; readonly claimMs: number }
  | { readonly type: 'released'; readonly group: GroupId; readonly epoch: Epoch; readonly cause: DropCause; readonly releaseMs: number }
  | { readonly type: 'stuck'; readonly group: GroupId; readonly epoch: Epoch; readonly why: string }
  | { readonly type: 'repaired'; readonly group: GroupId; readonly endpoint: string; readonly why: string }
  | {
      readonly type: 'call-failed'
      readonly group: GroupId
      readonly epoch: Epoch
      readonly endpoint: string
      readonly operation: string
      readonly code: string
      readonly message: string
    }

export interface Runner {
  step(input: RunnerInput): readonly RunnerEffect[]
  /** Why another life could not go on from here; null: everything is up as it should be, or down. */
  unrest(): string | null
  /** Per group: what is held and how each endpoint stands. */
  status(): readonly GroupStatus[]
  /** Of one group; null: nothing was heard of it so far. */
  statusOf(group: GroupId): GroupStatus | null
}
export interface GroupStatus {
  readonly group: GroupId
  readonly epoch: Epoch | null
  readonly state: HoldingState | null
  readonly endpoints: readonly {
    readonly id: string
    readonly state: 'idle' | 'claiming' | 'claimed' | 'releasing' | 'failed'
    readonly lastError: string | null
  }[]
}
