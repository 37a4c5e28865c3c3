import type {
  Append,
  Assignment,
  Entry,
  GroupId,
  HardState,
  Incarnation,
  Index,
  Instant,
  NodeId,
  Snapshot,
  Term,
  Timing,
} from '../model/index.ts'
import { quorumOf, votersOf } from '../model/index.ts'
import type { RaftLog } from './log.ts'
import type { Outbox } from './outbox.ts'

export type Role = 'follower' | 'candidate' | 'coordinator'

/** What a coordinator knows of one other node's log. */
export interface Progress {
  /** Durable there and equal to ours up to here. */
  match: Index
  /** The next entry to send. */
  next: Index
  sentAt: Instant
  /** When it last denied what it had acknowledged. */
  deniedAt: Instant
}

export function newProgress(next: Index): Progress {
  return { match: 0, next, sentAt: -Infinity, deniedAt: -Infinity }
}

/**
 * Whether an entry may be appended now, given the assignments that the log before it leaves (DESIGN §2.4).
 * null: yes. Else the time until which it may not.
 */
export type Admit = (entry: Entry, before: ReadonlyMap<GroupId, Assignment>, now: Instant) => Instant | null

/** All of Raft's state on one node. The functions of this folder change it; nobody else does. */
export interface RaftState {
  readonly self: NodeId
  readonly incarnation: Incarnation
  readonly random: () => number
  readonly admit: Admit
  readonly log: RaftLog
  readonly out: Outbox
  term: Term
  votedFor: NodeId | null
  role: Role
  coordinator: NodeId | null
  /** Known committed and durable here. What may be applied. */
  commit: Index
  /** On a coordinator: committed by a quorum, durable here or not. */
  quorumCommit: Index
  /** The highest commit index that a coordinator named in this life, whether or not the log is there yet. 0: none did. */
  toldCommit: Index
  /** The log agrees with the coordinator of this term up to here. */
  matched: Index
  /** The log is on this disk up to here. */
  durable: Index
  /** Writes fail. Nobody can be elected who cannot write a vote, and who cannot write the log does not learn what is committed. */
  diskFails: boolean
  /** When to stand for election, or (as coordinator) when the quorum was last known. */
  electionAt: Instant
  /** When the coordinator of this term was heard last; -Infinity: never. */
  coordinatorHeardAt: Instant
  readonly heardAt: Map<NodeId, Instant>
  campaign: { readonly pre: boolean; readonly transfer: boolean; readonly votes: Map<NodeId, boolean>; ownVote: number } | null
  readonly peers: Map<NodeId, Progress>
  transfer: { readonly to: NodeId; readonly until: Instant } | null
  /** A message of the coordinator of which a part must wait for a promise to end. */
  held: { readonly message: Append; readonly until: Instant } | null
  /** A snapshot that is being written and not yet in force. */
  installing: { readonly write: number; readonly snapshot: Snapshot; readonly from: NodeId } | null
  /** Set where a role, a term or a coordinator changes: everybody should hear of it. */
  changed: string | null
}

export function voters(state: RaftState): readonly NodeId[] {
  return votersOf(state.log.spec.spec)
}
export function isVoter(state: RaftState): boolean {
  return voters(state).includes(state.self)
}
/**
 * May this node stand for election? Every voter may whose disk works, and so may a node as long as its removal is in its log and not
 * known as committed: if nobody else has heard of that, no other log is complete (thesis 4.2.2).
 */
export function mayStand(state: RaftState): boolean {
  return !state.diskFails && state.log.hasVoterSince(state.self, state.commit)
}
export function timingOf(state: RaftState): Timing {
  return state.log.spec.spec.timing
}
export function hasQuorum(state: RaftState, agrees: (node: NodeId) => boolean): boolean {
  const all = voters(state)
  return all.filter(agrees).length >= quorumOf(all.length)
}
export function hardState(state: RaftState): HardState {
  return { term: state.term, votedFor: state.votedFor }
}
export function logEnd(state: RaftState): { readonly index: Index; readonly term: Term } {
  return { index: state.log.lastIndex, term: state.log.lastTerm }
}
/** Writes term and vote. */
export function persistHard(state: RaftState): number {
  return state.out.persist({ hard: hardState(state) }, logEnd(state))
}
