import { describe, expect, it } from 'vitest'
import type { Beat, ClusterSpec, Entry, EntryBody, Holding, Message } from '../model/index.ts'
import { Outbox } from '../raft/outbox.ts'
import { Raft } from '../raft/raft.ts'
import { bootstrapStored } from './apply.ts'
import { createEngine } from './engine.ts'
import type { Effect } from './types.ts'

const spec: ClusterSpec = {
  name: 'test',
  timing: { heartbeatMs: 100, leaseMs: 1000, electionMs: 900, driftPpmMax: 1000 },
  nodes: ['a', 'b', 'c'].map((id) => ({ id, site: 's', address: id, voter: true, witness: false })),
  groups: [{ id: 'g', mode: 'active-standby', nodes: ['a', 'b', 'c'], endpoints: [] }],
}
const assign = (node: string): EntryBody => ({ type: 'assign', group: 'g', node, cause: 'test' })
const entryAt = (index: number, body: EntryBody, term = 1): Entry => ({ index, term, body })
const lifeOf = (node: string) => ({ dataId: `data-${node}`, generation: 1 })

/** The engine of voter c alone, with messages made by hand. Its disk writes when it is told to. */
class VoterC {
  private readonly engine
  private readonly writes: number[] = []
  private sentAt = 0
  now = 0
  lastBeat: Beat | null = null

  constructor(entries: readonly Entry[], restedMs = 1100) {
    const stored = { ...bootstrapStored(spec), hard: { term: 1, votedFor: null }, entries }
    this.engine = createEngine({ self: 'c', incarnation: lifeOf('c'), stored, now: 0, random: () => 0.5 })
    this.step({ type: 'swept' })
    // By default past the wait of a restarted voter.
    this.tick(restedMs)
  }
  step(
    input: Parameters<typeof this.engine.step>[0] extends infer I ? (I extends { now: number } ? Omit<I, 'now'> : never) : never,
  ): readonly Effect[] {
    const effects = this.engine.step({ ...input, now: this.now } as Parameters<typeof this.engine.step>[0])
    for (const effect of effects) {
      if (effect.type === 'persist') this.writes.push(effect.write.id)
      if (effect.type === 'send' && effect.message.type === 'beat') this.lastBeat = effect.message
    }
    return effects
  }
  tick(ms: number): void {
    this.now += ms
    this.step({ type: 'wake' })
  }
  flush(): readonly Effect[] {
    return this.writes.splice(0).flatMap((id) => this.step({ type: 'persisted', id }))
  }
  hear(message: Message): readonly Effect[] {
    return this.step({ type: 'message', message })
  }
  beatOf(from: string, more: Partial<Beat> = {}): Beat {
    this.sentAt += 1
    return {
      type: 'beat',
      from,
      incarnation: lifeOf(from),
      sentAt: this.sentAt,
      leaseMs: 1000,
      voters: ['a', 'b', 'c'],
      term: 1,
      coordinator: 'b',
      commit: 0,
      matched: 0,
      holds: [],
      released: [],
      echoes: [],
      promises: [],
      asks: [],
      report: { fitness: {}, leaving: false, latenessMs: 0, configHash: '' },
      ...more,
    }
  }
  append(prev: Entry | null, entries: readonly Entry[], commit = 0, term = 1): readonly Effect[] {
    const position = { prevIndex: prev?.index ?? 0, prevTerm: prev?.term ?? 0 }
    return this.hear({ type: 'append', from: 'b', incarnation: lifeOf('b'), to: 'c', term, ...position, entries, commit })
  }
  /** What c's next beat says about the newest beat of `from`. */
  echoOf(from: string): { readonly sentAt: number; readonly denied: readonly string[] } | undefined {
    this.tick(200)
    return this.lastBeat?.echoes.find(({ node }) => node === from)
  }
  get commit(): number {
    return this.engine.status(this.now).commit
  }
}
const listing = (epoch: number): readonly Holding[] => [{ group: 'g', epoch, state: 'active' }]
const toA = entryAt(1, assign('a'))

describe('the verdict on a beat', () => {
  it('agrees with exactly the latest assignment in the log, and denies an older epoch of the same holder', () => {
    const c = new VoterC([toA, entryAt(2, assign('a'))])
    c.hear(c.beatOf('a', { holds: listing(1) }))
    expect(c.echoOf('a')?.denied).toEqual(['g'])
    c.hear(c.beatOf('a', { holds: listing(2) }))
    expect(c.echoOf('a')?.denied).toEqual([])
  })

  it('counts an entry as in the log from the moment its write begins', () => {
    const c = new VoterC([toA])
    c.append(toA, [entryAt(2, assign('b'))])
    c.hear(c.beatOf('a', { holds: listing(1) }))
    expect(c.echoOf('a')?.denied).toEqual(['g'])
  })

  it('denies everything to a node that counts in another voter set', () => {
    const c = new VoterC([toA])
    c.hear(c.beatOf('a', { holds: listing(1), voters: ['a', 'b'] }))
    expect(c.echoOf('a')?.denied).toEqual(['g'])
  })

  it('stays that of the newest beat when an older one is heard after it', () => {
    const c = new VoterC([toA])
    const older = c.beatOf('a', { holds: listing(1) })
    const newer = c.beatOf('a', { holds: listing(9) })
    c.hear(newer)
    c.hear(older)
    expect(c.echoOf('a')).toMatchObject({ sentAt: newer.sentAt, denied: ['g'] })
    expect(c.lastBeat?.promises).toEqual([])
  })
})

describe('an append', () => {
  it('is taken up to the entry that a promise forbids, each entry judged against the log which those before it leave', () => {
    const c = new VoterC([toA])
    c.hear(c.beatOf('a', { holds: listing(1) }))
    c.append(toA, [entryAt(2, { type: 'noop' }), entryAt(3, assign('a')), entryAt(4, assign('b'))])
    const answers = c
      .flush()
      .flatMap((effect) => (effect.type === 'send' && effect.message.type === 'append-answer' ? [effect.message.index] : []))
    expect(answers).toEqual([3])
    c.tick(1100)
    c.flush()
    c.hear(c.beatOf('b', { commit: 4 }))
    expect(c.commit).toBe(4)
  })
})

describe('an append to a voter that has just been restarted', () => {
  it('is judged entry by entry: what an entry of the same message gives is not taken away again', () => {
    const c = new VoterC([toA], 1)
    c.hear(c.beatOf('a', { released: [{ group: 'g', epoch: 1 }] }))
    c.append(toA, [entryAt(2, assign('b')), entryAt(3, assign('a'))])
    const answers = c
      .flush()
      .flatMap((effect) => (effect.type === 'send' && effect.message.type === 'append-answer' ? [effect.message.index] : []))
    expect(answers).toEqual([2])
  })
})

describe('what a node lists', () => {
  it('is nothing that is not committed, and nothing that is not on its own disk', () => {
    const c = new VoterC([])
    const toC = entryAt(1, assign('c'))
    c.append(null, [toC])
    c.flush()
    c.tick(200)
    expect(c.lastBeat?.holds).toEqual([])
    const second = entryAt(2, { type: 'bind', node: 'c', ...lifeOf('c') })
    c.append(toC, [second, entryAt(3, assign('c'))], 3)
    c.tick(200)
    expect(c.lastBeat?.holds.map(({ epoch }) => epoch)).not.toContain(3)
    c.flush()
    c.tick(200)
    expect(c.lastBeat?.holds.map(({ epoch }) => epoch)).toEqual([3])
  })

  it('leaves in beats of which no two share a sentAt, also when they are made in the same instant', () => {
    const c = new VoterC([])
    const seen = ['fit', 'keep', 'unfit'].flatMap((level) =>
      c
        .step({ type: 'fitness', group: 'g', fitness: { level: level as 'fit', reasons: [level] } })
        .flatMap((effect) => (effect.type === 'send' && effect.message.type === 'beat' ? [effect.message.sentAt] : [])),
    )
    expect(seen).toHaveLength(3)
    expect(new Set(seen).size).toBe(3)
    expect(seen).toEqual(seen.toSorted((x, y) => x - y))
  })
})

describe('a commit index', () => {
  it('is not believed while the log is not matched against the coordinator of the term', () => {
    const c = new VoterC([toA, entryAt(2, { type: 'noop' })])
    c.hear(c.beatOf('b', { term: 2, coordinator: 'b', commit: 2 }))
    expect(c.commit).toBe(0)
    c.append(entryAt(2, { type: 'noop' }), [entryAt(3, { type: 'noop' }, 2)], 2, 2)
    c.flush()
    expect(c.commit).toBe(2)
  })
})

describe('a coordinator', () => {
  it('appends nothing of its own that its promise forbids', () => {
    const allowed = { now: false }
    const raft = new Raft({
      self: 'a',
      incarnation: lifeOf('a'),
      stored: bootstrapStored({ ...spec, nodes: spec.nodes.slice(0, 1) }),
      now: 0,
      random: () => 0,
      admit: (entry) => (entry.body.type === 'assign' && !allowed.now ? 1000 : null),
    })
    raft.tick(2000)
    for (const effect of raft.takeEffects()) if (effect.type === 'persist') raft.onPersisted(effect.write.id, 2000)
    expect(raft.isCoordinator).toBe(true)
    expect(raft.propose(assign('b'), 2001)).toBeNull()
    allowed.now = true
    expect(raft.propose(assign('b'), 2002)).toBe(2)
  })

  it('commits no entry of an older term by counting (Raft figure 8)', () => {
    const raft = new Raft({
      self: 'a',
      incarnation: lifeOf('a'),
      now: 0,
      random: () => 0,
      admit: () => null,
      stored: { ...bootstrapStored(spec), hard: { term: 4, votedFor: null }, entries: [entryAt(1, { type: 'noop' }, 2)] },
    })
    raft.tick(2000)
    const answer = { type: 'vote-answer', from: 'b', incarnation: lifeOf('b'), to: 'a', term: 5, granted: true } as const
    raft.onMessage({ ...answer, pre: true }, 2000)
    for (const effect of raft.takeEffects()) if (effect.type === 'persist') raft.onPersisted(effect.write.id, 2000)
    raft.onMessage({ ...answer, pre: false }, 2001)
    expect(raft.isCoordinator).toBe(true)
    const matched = { type: 'append-answer', from: 'b', incarnation: lifeOf('b'), to: 'a', term: 5, ok: true } as const
    raft.onMessage({ ...matched, index: 1 }, 2002)
    expect(raft.view.quorumCommit).toBe(0)
    for (const effect of raft.takeEffects()) if (effect.type === 'persist') raft.onPersisted(effect.write.id, 2003)
    raft.onMessage({ ...matched, index: 2 }, 2004)
    expect(raft.view.quorumCommit).toBe(2)
  })
})

describe('an acknowledgement of the disk', () => {
  it('does not let a message out in a term that has ended meanwhile', () => {
    const out = new Outbox()
    const id = out.persist({ hard: { term: 1, votedFor: 'b' } }, { index: 0, term: 0 })
    out.sendDurable('b', { type: 'vote-answer', from: 'c', incarnation: lifeOf('c'), to: 'b', term: 1, granted: true, pre: false }, 1)
    out.take()
    out.persisted(id, 2)
    expect(out.take()).toEqual([])
  })
})
