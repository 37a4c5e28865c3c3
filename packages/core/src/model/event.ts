import type { Epoch, GroupId, NodeId, Term } from './ids.ts'
import type { MovePhases, MoveReport } from './log.ts'
import type { PlaneName } from './planes.ts'

/** Something that happened, as people and tools see it. `type` is stable. */
export type ClusterEvent =
  | {
      readonly type: 'role'
      readonly role: 'coordinator' | 'candidate' | 'follower'
      readonly term: Term
      readonly coordinator: NodeId | null
      readonly why: string
    }
  | {
      readonly type: 'assigned'
      readonly group: GroupId
      readonly node: NodeId | null
      readonly previous: NodeId | null
      readonly epoch: Epoch
      readonly cause: string
    }
  /** How the move to that node ended, of which it has told. */
  | ({ readonly type: 'moved'; readonly to: NodeId; readonly failed?: string } & Pick<MovePhases, keyof MovePhases> &
      Pick<MoveReport, 'group' | 'epoch'>)
  /** All that points at the site of a group has followed a move. */
  | { readonly type: 'followed'; readonly group: GroupId; readonly to: NodeId; readonly epoch: Epoch; readonly followMs: number }
  | { readonly type: 'lease-started'; readonly group: GroupId; readonly epoch: Epoch }
  | { readonly type: 'dropped'; readonly group: GroupId; readonly epoch: Epoch; readonly cause: DropCause }
  | { readonly type: 'member'; readonly node: NodeId; readonly state: 'heard' | 'silent'; readonly why: string }
  /** A former holder runs nothing any more of what it had under these epochs. */
  | { readonly type: 'cleared'; readonly suspect: NodeId; readonly epochs: readonly Epoch[]; readonly how: string }
  | { readonly type: 'quorum'; readonly state: 'reached' | 'lost'; readonly why: string }
  /** `node` null: this node itself is cut off from the plane; else that node is heard over other planes only. Or it is over. */
  | {
      readonly type: 'plane'
      readonly plane: PlaneName
      readonly node: NodeId | null
      readonly state: 'lost' | 'back'
      readonly why: string
    }
  /** An operator has this node suffer a fault. */
  | {
      readonly type: 'drill'
      readonly group: GroupId
      readonly epoch: Epoch
      readonly fault: 'kill' | 'isolate'
      readonly forMs: number
    }
  | { readonly type: 'refused'; readonly what: string; readonly why: string }

/** Why a holder stops serving. */
export type DropCause = 'lease-ended' | 'never-leased' | 'assigned-elsewhere' | 'asked' | 'stopping' | 'operator'
