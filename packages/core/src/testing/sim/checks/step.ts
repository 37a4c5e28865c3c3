import type { Effect } from '../../../engine/types.ts'
import type { ClusterState, Index, Instant } from '../../../model/index.ts'
import type { EngineNews } from '../../../runtime/turns.ts'

/** How far an engine has applied the log, and what that amounts to. */
export interface Applied {
  readonly index: Index
  readonly state: ClusterState
}

/** One step of the engine of one life, before any of its effects is performed. */
export interface Step {
  readonly life: number
  /** On the node's own clock. */
  readonly now: Instant
  readonly news: EngineNews
  readonly effects: readonly Effect[]
  /** At the end of the step; null: this engine does not let anybody look. */
  readonly applied: Applied | null
}
