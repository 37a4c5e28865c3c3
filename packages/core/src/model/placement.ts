import type { GroupId } from './ids.ts'

/**
 * Whether a group goes back to a better node: `manual` only says that one waits for an operator, `afterMs` moves it once that node could
 * have taken it for so long without a break.
 */
export type Failback = 'manual' | { readonly afterMs: number }

/** Groups that should not be on one node, or not at one site, where another will do. */
export interface Spread {
  readonly groups: readonly GroupId[]
  readonly by: 'node' | 'site'
}

/** What the configuration asks of the place of a group beyond its order of preference. Whatever is absent asks for nothing. */
export interface PlacementPolicy {
  /** Absent: never. */
  readonly failback?: Failback
  /** What it takes of a node's capacity; 1 if absent. */
  readonly weight?: number
  readonly spread?: Spread
  /** Groups on whose node it must be. */
  readonly together?: readonly GroupId[]
  /** Preferred sites, the best first. */
  readonly sites?: readonly string[]
  /** A node that started less than so long ago is given the group only where no other will do. */
  readonly startDelayMs?: number
  /** Of nodes that could take it the one with the most current data comes first, whatever their order; absent: data decides nothing. */
  readonly prefer?: 'current'
  /** With fewer nodes that could take it the group is served, but is moved for no improvement. */
  readonly minFit?: number
}
