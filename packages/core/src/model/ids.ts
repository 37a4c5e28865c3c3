/** Name of a node, unique in its cluster. */
export type NodeId = string
/** Name of a group, unique in its cluster. */
export type GroupId = string
/** Number of one election round; only grows. */
export type Term = number
/** Position in the log, from 1; 0 is "before the log". */
export type Index = number
/** Fencing number of one assignment: the index of the entry that made it. */
export type Epoch = number
/** Milliseconds on one node's own monotonic clock. Never compared with another node's. */
export type Instant = number
/** Life of a node: its data folder and how often that folder was started. */
export interface Incarnation {
  readonly dataId: string
  readonly generation: number
}
