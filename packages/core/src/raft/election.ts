import type { Instant, NodeId, Term, TimeoutNow, VoteAnswer, VoteRequest } from '../model/index.ts'
import { broadcastAppends, proposeOwn } from './replication.ts'
import { becomeFollower, retryMs } from './role.ts'
import { hasQuorum, isVoter, mayStand, newProgress, persistHard, timingOf, voters } from './state.ts'
import type { RaftState } from './state.ts'

/** Time has passed: stand for election, or notice as coordinator that the quorum is gone. */
export function tickElection(state: RaftState, now: Instant): void {
  if (state.role === 'coordinator') {
    checkQuorum(state, now)
    checkDisk(state, now)
    // Thesis 4.2.2: who was removed coordinates until that is committed, and no longer.
    const isRemoved = !isVoter(state) && state.log.spec.index <= state.quorumCommit
    if (isRemoved) becomeFollower(state, state.term, null, now, 'it is not a voter any more')
    if (state.transfer !== null && now >= state.transfer.until) state.transfer = null
  } else if (now >= state.electionAt && !mayStand(state)) {
    state.electionAt = Infinity
    if (state.coordinator !== null) becomeFollower(state, state.term, null, now, 'coordinator not heard')
  } else if (now >= state.electionAt && state.installing !== null) {
    state.electionAt = now + retryMs(state)
  } else if (now >= state.electionAt) {
    startCampaign(state, { pre: true, transfer: false }, now)
  }
}

/** A coordinator that has not heard a quorum for an election time steps down (thesis 6.2). */
function checkQuorum(state: RaftState, now: Instant): void {
  const { electionMs } = timingOf(state)
  const isHeard = (node: NodeId): boolean => node === state.self || now - (state.heardAt.get(node) ?? -Infinity) < electionMs
  if (!hasQuorum(state, isHeard)) becomeFollower(state, state.term, null, now, 'quorum not heard')
}

/** A coordinator whose disk fails never learns of what the others can write: it leaves coordination to one that can, too. */
function checkDisk(state: RaftState, now: Instant): void {
  if (state.role !== 'coordinator' || !state.diskFails || state.quorumCommit <= state.durable) return
  becomeFollower(state, state.term, null, now, 'its disk fails')
}

function startCampaign(state: RaftState, how: { readonly pre: boolean; readonly transfer: boolean }, now: Instant): void {
  const { electionMs } = timingOf(state)
  state.coordinator = null
  // A round gets the time to succeed on a slow network before the next one throws its votes away.
  state.electionAt = now + (how.pre ? electionMs / 4 : electionMs / 2) + retryMs(state)
  if (how.pre) {
    state.campaign = { ...how, votes: new Map([[state.self, true]]), ownVote: 0 }
    for (const node of voters(state)) if (node !== state.self) state.out.send(node, voteRequest(state, node, state.term + 1))
  } else {
    state.role = 'candidate'
    state.term += 1
    state.votedFor = state.self
    state.matched = state.commit
    state.held = null
    state.coordinatorHeardAt = -Infinity
    state.changed = 'standing for election'
    state.campaign = { ...how, votes: new Map(), ownVote: persistHard(state) }
    for (const node of voters(state)) {
      if (node !== state.self) state.out.sendDurable(node, voteRequest(state, node, state.term), state.term)
    }
  }
  countVotes(state, now)
}

function voteRequest(state: RaftState, to: NodeId, term: Term): VoteRequest {
  const { self, incarnation, log, campaign } = state
  const how = { pre: campaign?.pre ?? false, transfer: campaign?.transfer ?? false }
  return { type: 'vote-request', from: self, incarnation, to, term, lastIndex: log.lastIndex, lastTerm: log.lastTerm, ...how }
}

/** Own vote counts, like every other, only once it is on disk. */
export function onOwnVoteDurable(state: RaftState, now: Instant): void {
  const { campaign } = state
  if (campaign === null || campaign.pre || campaign.votes.has(state.self) || !state.out.isDurable(campaign.ownVote)) return
  campaign.votes.set(state.self, true)
  countVotes(state, now)
}

function countVotes(state: RaftState, now: Instant): void {
  const { campaign } = state
  if (campaign === null || !hasQuorum(state, (node) => campaign.votes.get(node) === true)) return
  // Who cannot write a vote would only raise the term.
  if (campaign.pre && state.diskFails) return
  if (campaign.pre) startCampaign(state, { pre: false, transfer: campaign.transfer }, now)
  else becomeCoordinator(state, now)
}

function becomeCoordinator(state: RaftState, now: Instant): void {
  state.role = 'coordinator'
  state.coordinator = state.self
  state.campaign = null
  state.changed = 'elected'
  state.quorumCommit = state.commit
  state.matched = state.log.lastIndex
  state.peers.clear()
  for (const { id } of state.log.spec.spec.nodes) {
    if (id !== state.self) state.peers.set(id, newProgress(state.log.lastIndex + 1))
    // Whoever voted was heard just now; the others have an election time to be heard.
    state.heardAt.set(id, now)
  }
  proposeOwn(state, { type: 'noop' }, now)
  broadcastAppends(state, now)
}

/** Has this node a coordinator which it heard so lately that an election would only disturb? (thesis 6.2, 9.6) */
function isContent(state: RaftState, now: Instant): boolean {
  if (state.role === 'coordinator') return true
  const { electionMs, heartbeatMs } = timingOf(state)
  return state.coordinator !== null && now - state.coordinatorHeardAt < electionMs - heartbeatMs / 2
}

/**
 * A candidate without any entry founds the cluster, by the configuration that it was started with. One that this node's own does not name
 * is to join: together with a founder that has missed everything so far it would found another cluster beside the one there is.
 */
export function mayFound(state: RaftState, { from, lastIndex }: VoteRequest): boolean {
  return lastIndex > 0 || voters(state).includes(from)
}

export function onVoteRequest(state: RaftState, message: VoteRequest, now: Instant): void {
  const { from, term, pre, transfer } = message
  if (!transfer && isContent(state, now)) return
  const answer = (granted: boolean, inTerm: Term): VoteAnswer => {
    return { type: 'vote-answer', from: state.self, incarnation: state.incarnation, to: from, term: inTerm, granted, pre }
  }
  const isFresh = state.log.isUpToDate(message.lastIndex, message.lastTerm) && state.installing === null && mayFound(state, message)
  if (pre) {
    const granted = isFresh && couldVoteIn(state, term)
    // A refusal names the term that there is, not the one that was asked about: a question changes nothing.
    state.out.send(from, answer(granted, granted ? term : state.term))
    return
  }
  if (term > state.term) becomeFollower(state, term, null, now, `${from} stands for election`)
  const granted = term === state.term && state.role === 'follower' && (state.votedFor === null || state.votedFor === from) && isFresh
  if (granted) {
    if (state.votedFor === null) {
      state.votedFor = from
      persistHard(state)
    }
    state.electionAt = now + timingOf(state).electionMs / 2 + retryMs(state)
  }
  state.out.sendDurable(from, answer(granted, state.term), state.term)
}

/** A vote that could not be written is promised to nobody: a candidate would raise the term for nothing, again and again. */
function couldVoteIn(state: RaftState, term: Term): boolean {
  return term > state.term && !state.diskFails
}

export function onVoteAnswer(state: RaftState, message: VoteAnswer, now: Instant): void {
  const { campaign } = state
  if (message.term > state.term && !message.granted) {
    becomeFollower(state, message.term, null, now, `${message.from} is in a later term`)
    return
  }
  if (campaign === null || campaign.pre !== message.pre) return
  if (message.term !== (campaign.pre ? state.term + 1 : state.term)) return
  campaign.votes.set(message.from, message.granted)
  countVotes(state, now)
}

/** The coordinator wants this node in its place (thesis 3.10). */
export function onTimeoutNow(state: RaftState, message: TimeoutNow, now: Instant): void {
  const isAble = isVoter(state) && state.installing === null && !state.diskFails
  if (message.term !== state.term || state.role === 'coordinator' || !isAble) return
  startCampaign(state, { pre: false, transfer: true }, now)
}

/** Hands coordination over to the voter whose log is complete. False: there is none. */
export function transferTo(state: RaftState, to: NodeId, now: Instant): boolean {
  const { term, self, incarnation } = state
  if (state.role !== 'coordinator' || to === self || !voters(state).includes(to)) return false
  if (state.peers.get(to)?.match !== state.log.lastIndex) return false
  state.transfer = { to, until: now + timingOf(state).electionMs }
  state.out.send(to, { type: 'timeout-now', from: self, incarnation, to, term })
  return true
}
