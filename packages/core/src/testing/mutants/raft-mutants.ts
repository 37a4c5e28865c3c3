import type { Mutant } from './mutant.ts'

const election = 'raft/election.ts'
const replication = 'raft/replication.ts'

/** Mistakes in what is agreed on: entries, commits, snapshots, data folders. */
export const raftMutants: readonly Mutant[] = [
  {
    name: 'append-before-synced',
    what: 'an append is acknowledged before it is on disk',
    edits: [
      {
        file: replication,
        text: `state.out.sendDurable(to, { type: 'append-answer', from: self, incarnation, to, term, ...what }, term)`,
        instead: `state.out.send(to, { type: 'append-answer', from: self, incarnation, to, term, ...what })`,
      },
    ],
  },
  {
    name: 'beat-before-synced',
    what: 'a beat says how far the log is matched, on disk or not',
    edits: [{ file: 'engine/beat.ts', text: `matched: Math.min(matched, durable),`, instead: `matched,` }],
  },
  {
    name: 'own-entry-before-synced',
    what: 'a coordinator counts its own entry before it is on disk',
    edits: [
      {
        file: replication,
        text: `const matches = voters(state).map((node) => (node === state.self ? state.durable :`,
        instead: `const matches = voters(state).map((node) => (node === state.self ? state.log.lastIndex :`,
      },
      {
        file: replication,
        text: `if (!hasQuorum(state, (node) => (node === state.self ? state.durable :`,
        instead: `if (!hasQuorum(state, (node) => (node === state.self ? state.log.lastIndex :`,
      },
    ],
  },
  {
    name: 'late-acknowledgement-counted',
    what: 'a late word of the disk about an entry that was cut off since counts for the one in its place (two halves: each alone is covered by the other)',
    edits: [
      { file: 'raft/outbox.ts', text: `    if (parts.cutFrom !== undefined) this.pending = []\n`, instead: '' },
      {
        file: 'raft/raft.ts',
        text: `if (state.log.termAt(index) === term) state.durable`,
        instead: `if (state.log.lastIndex >= index && term >= 0) state.durable`,
      },
    ],
  },
  {
    name: 'figure-eight',
    what: 'an entry of an older term is committed by counting',
    edits: [
      {
        file: replication,
        text: `if (state.log.termAt(index) === state.term) state.quorumCommit = index`,
        instead: `state.quorumCommit = index`,
      },
    ],
  },
  {
    name: 'commit-without-match',
    what: 'a commit index is believed without a matching log',
    edits: [{ file: replication, text: `Math.min(commit, state.matched))`, instead: `Math.min(commit, state.log.lastIndex))` }],
  },
  {
    name: 'match-of-an-earlier-term',
    what: 'what was matched against the coordinator of an earlier term counts in the next',
    edits: [{ file: 'raft/role.ts', text: `    state.matched = state.commit\n`, instead: '' }],
  },
  {
    name: 'match-beyond-the-message',
    what: 'a node calls its whole log matched, and not only what the message compared (long messages, which seldom leave a rest, would hide it)',
    edits: [
      {
        file: replication,
        text: `matchedUpTo(state, Math.max(last, log.base), message)`,
        instead: `matchedUpTo(state, log.lastIndex, message)`,
      },
      { file: replication, text: `const ENTRIES_PER_MESSAGE = 256`, instead: `const ENTRIES_PER_MESSAGE = 1` },
    ],
  },
  {
    name: 'answer-of-an-earlier-term',
    what: 'what a node acknowledged in an earlier term counts in this one, although it may be cut off since',
    edits: [
      {
        file: replication,
        text: `state.role !== 'coordinator' || message.term !== state.term || progress === undefined`,
        instead: `state.role !== 'coordinator' || progress === undefined`,
      },
    ],
  },
  {
    name: 'beat-of-an-earlier-term',
    what: 'a late beat of an earlier term tells the coordinator of this one how far its sender is (two halves: each alone is covered by the other)',
    edits: [
      {
        file: 'raft/raft.ts',
        text: `if (beat.term < state.term) return\n`,
        instead: `if (beat.term < state.term && beat.coordinator !== state.self) return\n`,
      },
      {
        file: replication,
        text: `beat.coordinator !== state.self || beat.term !== state.term) return`,
        instead: `beat.coordinator !== state.self) return`,
      },
    ],
  },
  {
    name: 'minority-commits',
    what: 'one voter less than a quorum elects and commits',
    edits: [{ file: 'raft/state.ts', text: `>= quorumOf(all.length)`, instead: `>= quorumOf(all.length) - 1` }],
  },
  {
    name: 'deposed-coordinator-followed',
    what: 'entries of a coordinator whose term is over are taken up',
    edits: [{ file: replication, text: `  if (term < state.term) {\n    answer(`, instead: `  if (term < 0) {\n    answer(` }],
  },
  {
    name: 'snapshot-without-assignments',
    what: 'a snapshot does not say who has which group, under which epoch',
    edits: [
      {
        file: 'engine/engine.ts',
        text: `?? 0, state: brain.state })`,
        instead: `?? 0, state: { ...brain.state, assignments: {} } })`,
      },
    ],
  },
  {
    name: 'snapshot-forgets-the-longest-lease',
    what: 'a snapshot does not say which was the longest lease there ever was',
    edits: [
      {
        file: 'engine/engine.ts',
        text: `?? 0, state: brain.state })`,
        instead: `?? 0, state: { ...brain.state, longestLeaseMs: brain.state.spec.timing.leaseMs } })`,
      },
    ],
  },
  {
    name: 'snapshot-before-synced',
    what: 'a snapshot counts before it is on disk',
    edits: [
      {
        file: replication,
        text: `if (installing === null || !state.out.isDurable(installing.write)) return null`,
        instead: `if (installing === null) return null`,
      },
    ],
  },
  {
    name: 'older-copy-trusted',
    what: 'a data folder put back from an older copy is taken for the voter that it was',
    edits: [
      {
        file: 'engine/membership.ts',
        text: `  if (bindings.some((bound) => bound !== undefined && !continues(incarnation, bound))) return false\n`,
        instead: '',
      },
    ],
  },
  {
    name: 'bindings-only-when-applied',
    what: 'a restarted node trusts an older copy until it knows again what was committed',
    edits: [
      {
        file: 'engine/membership.ts',
        text: `[brain.state.bindings[from], brain.raft.view.log.bindingOf(from)]`,
        instead: `[brain.state.bindings[from]]`,
      },
    ],
  },
  {
    name: 'held-message-of-an-earlier-term',
    what: 'a message that waited for a promise is taken up in a later term (two halves: each alone is covered by the other)',
    edits: [
      {
        file: replication,
        text: `held === null || held.message.term !== state.term || state.role`,
        instead: `held === null || state.role`,
      },
      { file: 'raft/role.ts', text: `    state.held = null\n`, instead: '' },
    ],
  },
  {
    name: 'cut-off-configuration-stays',
    what: 'a configuration stays in force when its entry is cut off',
    edits: [
      {
        file: 'raft/log.ts',
        text: `index - this.snapshot.index - 1)\n    this.refold()\n`,
        instead: `index - this.snapshot.index - 1)\n    const { specs } = this\n    this.refold()\n    this.specs = specs\n`,
      },
    ],
  },
  {
    name: 'log-before-without-the-snapshot',
    what: 'whom an entry takes a group from is not looked up in the snapshot',
    edits: [
      {
        file: 'raft/log.ts',
        text: `const latest = new Map(Object.entries(this.snapshot.state.assignments))`,
        instead: `const latest = new Map<GroupId, Assignment>()`,
      },
    ],
  },
  {
    name: 'disk-of-the-log-before-the-snapshot',
    what: 'what was on disk before a snapshot took the place of the log counts as on disk after it',
    edits: [
      {
        file: replication,
        text: `    state.durable = state.commit\n    state.matched = state.commit\n`,
        instead: `    state.matched = state.commit\n`,
      },
    ],
  },
  {
    name: 'emptied-folder-trusted',
    what: 'an emptied data folder is taken for the voter that it was if it was started as often',
    edits: [
      {
        file: 'engine/membership.ts',
        text: `return incarnation.dataId === bound.dataId && incarnation`,
        instead: `return incarnation`,
      },
    ],
  },
  {
    name: 'match-from-before-the-candidacy',
    what: 'what a candidate had matched in an earlier term counts when another one is elected in its term',
    edits: [{ file: election, text: `    state.matched = state.commit\n`, instead: '' }],
  },
]
