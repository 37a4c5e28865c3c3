import type { Epoch, GroupId, Index, Instant } from './ids.ts'

/** A lease that one life of a daemon leaves to the next. */
export interface HandedLease {
  readonly group: GroupId
  readonly epoch: Epoch
  /** By this node's clock. The next life counts it for no longer, until its own beats have been echoed. */
  readonly until: Instant
}

/** What a daemon that replaces itself leaves to its next life, and to no other. */
export interface Adoption {
  /** All of the log up to here was applied by the former life: it is committed, and on this disk. */
  readonly applied: Index
  /** Everything that this node has up. Whatever is not named here is down. */
  readonly leases: readonly HandedLease[]
}
