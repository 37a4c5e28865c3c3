import type { DataPosition, Epoch } from '../model/index.ts'
import type { RunningCheck } from './running-check.ts'

/** One group with its checks on this node. */
export interface CheckedGroup {
  active: boolean
  /** Another node has it, under this epoch; null: none has. */
  elsewhere: Epoch | null
  /** It was reached there, or at a node that had it before, since this node complained last. */
  reached: boolean
  /** The complaint that stands. */
  unreached: Epoch | null
  /** The newest epoch under which something was heard of it. */
  epoch: Epoch
  /** By what they were made from. */
  readonly checks: Map<string, RunningCheck>
  told: string | null
  /** It goes by how current data is. */
  isByData: boolean
  toldPosition: DataPosition | null
  /** Its checks are being changed: what they come to is told when all are. */
  changing: boolean
  /** Of its service, as long as it takes; never rejects. */
  restart: Promise<void> | null
}

/** Nothing has been tested of it so far. */
export function newGroup(elsewhere: Epoch | null): CheckedGroup {
  return {
    active: false,
    elsewhere,
    reached: false,
    unreached: null,
    epoch: 0,
    checks: new Map(),
    told: null,
    isByData: false,
    toldPosition: null,
    changing: false,
    restart: null,
  }
}
