import type { Instant, NodeId, Term } from '../model/index.ts'
import { mayStand, persistHard, timingOf, voters } from './state.ts'
import type { RaftState } from './state.ts'

/** Enters `term` as a follower (of `coordinator`, if known). A new term is written before anything said in it is sent. */
export function becomeFollower(state: RaftState, term: Term, coordinator: NodeId | null, now: Instant, why: string): void {
  const isNewTerm = term > state.term
  if (isNewTerm || state.role !== 'follower' || state.coordinator !== coordinator) state.changed = why
  if (isNewTerm) {
    state.term = term
    state.votedFor = null
    state.matched = state.commit
    state.coordinatorHeardAt = -Infinity
    state.held = null
    persistHard(state)
  }
  state.role = 'follower'
  state.coordinator = coordinator
  state.campaign = null
  state.transfer = null
  state.peers.clear()
  if (coordinator !== null) heardCoordinator(state, now)
  else if (isNewTerm || state.electionAt <= now) state.electionAt = mayStand(state) ? now + retryMs(state) : Infinity
}

export function heardCoordinator(state: RaftState, now: Instant): void {
  state.coordinatorHeardAt = now
  state.electionAt = now + timingOf(state).electionMs + staggerMs(state)
}

/** Voters stand up one after the other, so that the first usually wins alone. */
export function staggerMs(state: RaftState): number {
  const { heartbeatMs } = timingOf(state)
  const others = voters(state).filter((node) => node !== state.coordinator)
  const rank = Math.max(0, others.indexOf(state.self))
  return heartbeatMs * (0.25 * rank + 0.1 * state.random())
}
/** Candidates draw from no more than so many election times: enough for disks that need a second for a vote. */
const SPREAD_ELECTIONS = 4

/**
 * After a round that failed, or with no coordinator in sight. Each term that brought no coordinator, and so no entry, doubles what is drawn
 * from: candidates farther apart than a heartbeat would else cross each other's votes again and again.
 */
export function retryMs(state: RaftState): number {
  const { heartbeatMs, electionMs } = timingOf(state)
  const barren = state.term - state.log.lastTerm
  const spreadMs = Math.min(heartbeatMs * 2 ** barren, SPREAD_ELECTIONS * electionMs)
  return heartbeatMs * 0.5 + spreadMs * state.random() + staggerMs(state)
}
