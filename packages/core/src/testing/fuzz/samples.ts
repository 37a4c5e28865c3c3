import type { Beat, ClusterSpec, ClusterState, Entry, Message, Stored } from '../../model/index.ts'

/** What a cluster at work says and stores, with every kind of message and entry once: what fuzzing begins from. */
const incarnation = { dataId: '1f0c', generation: 3 }
const addressed = { from: 'a', incarnation, to: 'b', term: 4 }

export const sampleSpec: ClusterSpec = {
  name: 'shop',
  timing: { heartbeatMs: 100, leaseMs: 1000, electionMs: 900, driftPpmMax: 1000 },
  nodes: [
    { id: 'a', site: 'x', address: '10.0.0.1', voter: true, witness: false },
    { id: 'b', site: 'x', address: '[fd00::2]:6222', voter: true, witness: false },
    { id: 'c', site: 'y', address: 'c.example.net', voter: true, witness: true },
  ],
  groups: [
    {
      id: 'web',
      mode: 'active-standby',
      nodes: ['a', 'b'],
      endpoints: [
        { id: 'arp-10.0.0.50/24', backend: 'arp', at: 'x', options: { address: '10.0.0.50/24', interface: 'lan' } },
        { id: 'other', backend: 'other', options: { list: [1, { deep: [true, null] }] } },
      ],
    },
  ],
}

const incident = {
  state: 'stolen',
  group: 'web',
  node: 'a',
  epoch: 12,
  endpoint: '10.99.0.50/32',
  through: 'rtb-1',
  to: null,
  at: '2026-11-22T16:00:00.000Z',
} as const
const note = { at: '2026-11-22T16:00:00.000Z', by: 'root at a', what: 'nodes.c added' }

const sampleState: ClusterState = {
  spec: sampleSpec,
  assignments: { web: { node: 'a', epoch: 12, cause: 'first' }, mail: { node: null, epoch: 9, cause: 'gone' } },
  bindings: { a: incarnation, b: { dataId: '77', generation: 1 } },
  longestLeaseMs: 1000,
  moves: [{ group: 'web', from: null, to: 'a', epoch: 12, cause: 'first', at: 1_800_000_000_000, phases: { detectMs: 952, decideMs: 3 } }],
  history: [
    { version: 2, spec: sampleSpec },
    { version: 8, spec: sampleSpec, note },
  ],
  orders: [
    { index: 7, order: { action: 'drain', nodes: ['b'] }, note },
    { index: 10, order: { action: 'pause', group: 'web' }, note },
  ],
  maintenance: { drained: { b: note }, paused: { web: note }, pausedAll: null },
  suspects: { web: [{ node: 'b', epoch: 11 }] },
}

const sampleEntries: readonly Entry[] = [
  { index: 13, term: 3, body: { type: 'noop' } },
  { index: 14, term: 3, body: { type: 'assign', group: 'web', node: null, cause: 'nobody is fit' } },
  { index: 15, term: 4, body: { type: 'cluster', spec: sampleSpec } },
  { index: 16, term: 4, body: { type: 'bind', node: 'a', dataId: '1f0c', generation: 3 } },
  {
    index: 17,
    term: 4,
    body: { type: 'assign', group: 'web', node: 'b', cause: 'a released it', at: 1_800_000_000_000, phases: { detectMs: 0, decideMs: 12 } },
  },
  { index: 18, term: 4, body: { type: 'cluster', spec: sampleSpec, note } },
  { index: 19, term: 4, body: { type: 'maintenance', order: { action: 'drain', nodes: ['b'] }, note } },
  { index: 20, term: 4, body: { type: 'maintenance', order: { action: 'pause', group: null }, note } },
  {
    index: 21,
    term: 4,
    body: { type: 'assign', group: 'web', node: 'a', cause: 'b is gone', at: 1, phases: { detectMs: 9, decideMs: 1, stopMs: 5 } },
  },
  { index: 22, term: 4, body: { type: 'moved', reports: [{ group: 'web', epoch: 21, agreeMs: 3, startMs: 40, claimMs: 5, verifyMs: 1 }] } },
  { index: 23, term: 4, body: { type: 'moved', reports: [{ group: 'web', epoch: 17, agreeMs: 3, failed: 'its service did not start' }] } },
  { index: 24, term: 4, body: { type: 'assign', group: 'web', node: 'a', cause: 'b is not heard', unreleased: true } },
  { index: 25, term: 4, body: { type: 'cleared', node: 'b', epochs: [17], how: 'fenced by a' } },
  { index: 26, term: 4, body: { type: 'incidents', incidents: [incident] } },
]

export const sampleStored: Stored = {
  hard: { term: 4, votedFor: 'a' },
  snapshot: { index: 12, term: 2, state: sampleState },
  entries: sampleEntries,
}

const sampleBeat: Beat = {
  type: 'beat',
  from: 'a',
  incarnation,
  sentAt: 12_345.678,
  leaseMs: 1000,
  voters: ['a', 'b', 'c'],
  term: 4,
  coordinator: 'a',
  commit: 77,
  matched: 77,
  holds: [{ group: 'web', epoch: 12, state: 'active' }],
  released: [{ group: 'mail', epoch: 9 }],
  echoes: [{ node: 'b', incarnation, sentAt: 1.5, denied: ['mail'] }],
  promises: [{ group: 'web', node: 'a', epoch: 12 }],
  asks: [{ group: 'web', epoch: 12 }],
  report: { fitness: { web: { level: 'keep', reasons: ['its disk fails'] } }, leaving: false, latenessMs: 1.2, configHash: 'abc' },
}

export const sampleMessages: readonly Message[] = [
  sampleBeat,
  { ...sampleBeat, from: 'b', coordinator: null, holds: [], report: { fitness: {}, leaving: true, latenessMs: 0, configHash: '' } },
  { ...sampleBeat, report: { ...sampleBeat.report, moved: [{ group: 'web', epoch: 12, agreeMs: 3, claimMs: 5 }] } },
  { type: 'vote-request', ...addressed, lastIndex: 7, lastTerm: 3, pre: true, transfer: false },
  { type: 'vote-answer', ...addressed, granted: true, pre: false },
  { type: 'append', ...addressed, prevIndex: 12, prevTerm: 2, commit: 13, entries: sampleEntries },
  { type: 'append-answer', ...addressed, ok: false, index: 3 },
  { type: 'install-snapshot', ...addressed, snapshot: sampleStored.snapshot },
  { type: 'timeout-now', ...addressed },
  { type: 'request', from: 'a', incarnation, to: 'b', id: 'r1', request: { type: 'switchover', group: 'web', to: 'b' } },
  { type: 'reply', from: 'b', incarnation, to: 'a', id: 'r1', reply: { ok: true, group: 'web', from: null, to: 'b', epoch: 13 } },
  { type: 'reply', from: 'b', incarnation, to: 'a', id: 'r2', reply: { ok: false, code: 'busy', message: 'another move is under way' } },
  { type: 'request', from: 'a', incarnation, to: 'b', id: 'r3', request: { type: 'configure', spec: sampleSpec, version: 8, note } },
  {
    type: 'request',
    from: 'a',
    incarnation,
    to: 'b',
    id: 'r4',
    request: { type: 'maintain', order: { action: 'resume', nodes: ['b'] }, force: false, note },
  },
  { type: 'request', from: 'a', incarnation, to: 'b', id: 'r5', request: { type: 'clear', node: 'b', epochs: [17], how: 'fenced by a' } },
  { type: 'request', from: 'a', incarnation, to: 'b', id: 'r6', request: { type: 'tell', incidents: [incident] } },
  { type: 'reply', from: 'b', incarnation, to: 'a', id: 'r3', reply: { ok: true, index: 18 } },
]
