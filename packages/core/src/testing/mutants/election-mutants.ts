import type { Mutant } from './mutant.ts'

const election = 'raft/election.ts'

/** Mistakes in who coordinates: votes, candidacies, terms, and when an office ends. */
export const electionMutants: readonly Mutant[] = [
  {
    name: 'vote-forgotten',
    what: 'a vote is forgotten over a restart',
    edits: [{ file: 'raft/raft.ts', text: `votedFor: stored.hard.votedFor,`, instead: `votedFor: null,` }],
  },
  {
    name: 'two-votes-a-term',
    what: 'a voter votes for everybody who asks',
    edits: [
      {
        file: election,
        text: `state.role === 'follower' && (state.votedFor === null || state.votedFor === from) && isFresh\n  if (granted) {\n    if (state.votedFor === null) {`,
        instead: `state.role === 'follower' && isFresh\n  if (granted) {\n    if (state.votedFor !== from) {`,
      },
    ],
  },
  {
    name: 'founder-votes-for-a-stranger',
    what: 'a voter without any entry votes for a candidate without any entry that its own configuration does not name',
    edits: [
      { file: election, text: `return lastIndex > 0 || voters(state).includes(from)`, instead: `return lastIndex >= 0 || from !== ''` },
    ],
  },
  {
    name: 'failing-disk-coordinates',
    what: 'a coordinator whose disk fails goes on, and never learns of what it has committed',
    edits: [{ file: election, text: `    checkDisk(state, now)\n`, instead: '' }],
  },
  {
    name: 'vote-before-synced',
    what: 'a vote is sent before it is on disk',
    edits: [
      {
        file: election,
        text: `state.out.sendDurable(from, answer(granted, state.term), state.term)`,
        instead: `state.out.send(from, answer(granted, state.term))`,
      },
    ],
  },
  {
    name: 'candidacy-before-synced',
    what: 'a candidate asks for votes before its own is on disk',
    edits: [
      {
        file: election,
        text: `state.out.sendDurable(node, voteRequest(state, node, state.term), state.term)`,
        instead: `state.out.send(node, voteRequest(state, node, state.term))`,
      },
    ],
  },
  {
    name: 'term-not-written',
    what: 'a new term is not written down',
    edits: [{ file: 'raft/role.ts', text: `    state.held = null\n    persistHard(state)\n`, instead: `    state.held = null\n` }],
  },
  {
    name: 'log-not-compared-at-votes',
    what: 'a vote is given to a candidate whose log is behind',
    edits: [
      {
        file: election,
        text: `state.log.isUpToDate(message.lastIndex, message.lastTerm) && state.installing === null`,
        instead: `state.installing === null`,
      },
    ],
  },
  {
    name: 'longer-log-wins',
    what: 'logs are compared at votes by their length, and not by the term of their last entry first',
    edits: [
      {
        file: 'raft/log.ts',
        text: `return lastTerm > this.lastTerm || (lastTerm === this.lastTerm && lastIndex >= this.lastIndex)`,
        instead: `return lastIndex >= this.lastIndex && lastTerm >= 0`,
      },
    ],
  },
  {
    name: 'vote-of-an-earlier-term',
    what: 'a vote that was given in one term counts in the next',
    edits: [{ file: election, text: `  if (message.term !== (campaign.pre ? state.term + 1 : state.term)) return\n`, instead: '' }],
  },
  {
    name: 'own-vote-before-synced',
    what: 'a candidate counts its own vote before it is on disk',
    edits: [
      {
        file: election,
        text: `votes: new Map(), ownVote: persistHard(state) }`,
        instead: `votes: new Map([[state.self, true]]), ownVote: persistHard(state) }`,
      },
    ],
  },
  {
    name: 'transfer-to-who-lags',
    what: 'a coordinator that leaves wants somebody in its place who lacks an entry that it has',
    edits: [{ file: election, text: `  if (state.peers.get(to)?.match !== state.log.lastIndex) return false\n`, instead: '' }],
  },
  {
    name: 'late-invitation-followed',
    what: 'a node stands for election because the coordinator of an earlier term wanted that',
    edits: [
      {
        file: election,
        text: `if (message.term !== state.term || state.role === 'coordinator' ||`,
        instead: `if (message.term > state.term || state.role === 'coordinator' ||`,
      },
    ],
  },
  {
    name: 'pre-vote-missing',
    what: 'a node stands for election without asking first',
    edits: [
      {
        file: election,
        text: `startCampaign(state, { pre: true, transfer: false }, now)`,
        instead: `startCampaign(state, { pre: false, transfer: false }, now)`,
      },
    ],
  },
  {
    name: 'vote-against-a-live-coordinator',
    what: 'a voter that hears its coordinator supports another candidate',
    edits: [{ file: election, text: `  if (!transfer && isContent(state, now)) return\n`, instead: '' }],
  },
  {
    name: 'check-quorum-missing',
    what: 'a coordinator goes on although it hears no quorum',
    edits: [{ file: election, text: `    checkQuorum(state, now)\n`, instead: '' }],
  },
  {
    name: 'removed-coordinator-goes-on',
    what: 'a coordinator goes on after the loss of its vote is committed',
    edits: [{ file: election, text: `if (isRemoved) becomeFollower`, instead: `if (isRemoved && state.term < 0) becomeFollower` }],
  },
]
