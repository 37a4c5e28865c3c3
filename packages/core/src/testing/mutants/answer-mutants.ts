import type { Mutant } from './mutant.ts'

const engine = 'engine/engine.ts'
const holdings = 'engine/holdings.ts'
const moves = 'engine/moves.ts'
const openRequests = 'runtime/open-requests.ts'
const place = 'placement/place.ts'

/** Mistakes in what nodes make of the log and tell of themselves: states, events, answers to operators. */
export const answerMutants: readonly Mutant[] = [
  {
    name: 'goes-on-after-stopped',
    what: 'an engine that has said that it has ended wants something done',
    edits: [{ file: engine, text: `  if (brain.stopped) return brain.emit(`, instead: `  if (brain.stopped) brain.emit(` }],
  },
  {
    name: 'unfit-are-chosen',
    what: 'a coordinator takes every node that it has heard for fit',
    edits: [
      {
        file: 'placement/place-all.ts',
        text: `const fitness = said[id] ?? UNHEARD`,
        instead: `const fitness: Fitness = said[id] === undefined ? UNHEARD : { level: 'fit', reasons: [] }`,
      },
    ],
  },
  {
    name: 'unfit-holder-stays',
    what: 'a holder that says that it is unfit keeps the group',
    edits: [{ file: place, text: `self.fitness.level === 'unfit'`, instead: `false` }],
  },
  {
    name: 'failed-node-tried-for-ever',
    what: 'a group stays with a node that cannot bring it up, and goes to it again',
    edits: [
      { file: 'placement/rank.ts', text: `open.toSorted(byRank)`, instead: `open` },
      { file: place, text: `!holder.stalled`, instead: `true` },
    ],
  },
  {
    name: 'states-differ',
    what: 'a binding is applied wrongly by a node that knows an earlier one',
    edits: [
      {
        file: 'engine/apply.ts',
        text: `[body.node]: { dataId: body.dataId, generation: body.generation }`,
        instead: `[body.node]: state.bindings[body.node] ?? { dataId: body.dataId, generation: body.generation }`,
      },
    ],
  },
  {
    name: 'snapshot-without-bindings',
    what: 'a snapshot lacks what the log says of data folders',
    edits: [{ file: engine, text: `state: brain.state })`, instead: `state: { ...brain.state, bindings: {} } })` }],
  },
  {
    name: 'move-not-told',
    what: 'a node tells nothing of the moves to itself',
    edits: [
      {
        file: engine,
        text: `    brain.emit({ type: 'event', event: { type: 'assigned',`,
        instead: `    if (node !== brain.self) brain.emit({ type: 'event', event: { type: 'assigned',`,
      },
    ],
  },
  {
    name: 'wrong-previous-told',
    what: 'the previous holder that is told is the next one',
    edits: [
      {
        file: engine,
        text: `brain.state.assignments[body.group]?.node ?? null`,
        instead: `brain.raft.view.log.latest.get(body.group)?.node ?? null`,
      },
    ],
  },
  {
    name: 'loss-not-told',
    what: 'a holder drops its group without a word',
    edits: [
      {
        file: holdings,
        text: `[event] : [event, { type: 'drop', group, epoch, cause }]`,
        instead: `[event] : [{ type: 'drop', group, epoch, cause }]`,
      },
    ],
  },
  {
    name: 'loss-told-with-a-wrong-cause',
    what: 'a holder whose group was given away says that its lease has ended',
    edits: [{ file: holdings, text: `this.drop(epoch, 'assigned-elsewhere', now)`, instead: `this.drop(epoch, 'lease-ended', now)` }],
  },
  {
    name: 'early-release-unheard',
    what: 'an engine does not hear that its runner has let go by itself',
    edits: [
      {
        file: holdings,
        text: `if (fate === undefined || fate.phase === 'released') return null`,
        instead: `if (fate === undefined || fate.phase !== 'dropping') return null`,
      },
    ],
  },
  {
    name: 'yes-about-an-old-beat',
    what: 'a wish counts as met by a holder that was not heard for long',
    edits: [{ file: moves, text: `if (!isNews || !isReachable(holder, now))`, instead: `if (view === undefined)` }],
  },
  {
    name: 'yes-for-another-node',
    what: 'a move counts as done wherever the group went',
    edits: [{ file: moves, text: `if (wanted === null ? node !== from : node === wanted) return`, instead: `if (node !== '') return` }],
  },
  {
    name: 'yes-before-it-serves',
    what: 'a move counts as done when the group is assigned',
    edits: [
      {
        file: moves,
        text: `const isActive = node !== null && this.stateAt(node, current?.epoch) === 'active'`,
        instead: `const isActive = node !== null`,
      },
    ],
  },
  {
    name: 'wish-carried-out-twice',
    what: 'a wish that is heard twice counts as two',
    edits: [{ file: 'engine/requests.ts', text: `if (heardWishes.has(wish)) return true`, instead: `if (wish === '') return true` }],
  },
  {
    name: 'earlier-life-answered-for',
    what: 'a daemon names its requests as the one before it did',
    edits: [{ file: openRequests, text: 'this.options.life}-', instead: "this.options.life.split('/')[0]}-" }],
  },
  {
    name: 'change-said-to-be-made',
    what: 'a refused change of configuration is answered with a yes',
    edits: [{ file: engine, text: `id: input.id, refused })`, instead: `id: input.id, refused: refused === '' ? refused : null })` }],
  },
  {
    name: 'operator-left-waiting',
    what: 'an operator is answered long after the time is over',
    edits: [{ file: openRequests, text: `clock.at(clock.now() + ms, callback)`, instead: `clock.at(clock.now() + 3 * ms, callback)` }],
  },
  {
    name: 'operator-left-behind',
    what: 'a daemon that stops leaves operators without an answer',
    edits: [{ file: openRequests, text: `for (const settle of this.replies.values()) settle(ENDED)`, instead: `this.replies.clear()` }],
  },
  {
    name: 'release-answered-too-soon',
    what: 'groups that are on their way down are answered as released',
    edits: [{ file: openRequests, text: `.filter(({ state }) => state !== null)`, instead: `.filter(({ state }) => state === 'active')` }],
  },
]
