import type { GroupId } from './ids.ts'

/** The days of a week as the configuration writes them. */
export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Weekday = (typeof WEEKDAYS)[number]

/** A time of day at which a group may go back, by the clocks of people. */
export interface FailbackWindow {
  /** `02:00`, and `to` up to `24:00`. One that ends before it begins goes over midnight. */
  readonly from: string
  readonly to: string
  /** On which it begins; absent: every day. */
  readonly days?: readonly Weekday[]
  /** Name of a time zone, for example `Europe/Paris`. */
  readonly zone: string
}

/**
 * Whether a group goes back to a better node: `manual` only says that one waits for an operator, `afterMs` moves it once that node could
 * have taken it for so long without a break, and only while its window is open, if it has one.
 */
export type Failback = 'manual' | { readonly afterMs: number; readonly window?: FailbackWindow }

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
