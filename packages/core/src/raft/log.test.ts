import { describe, expect, it } from 'vitest'
import type { Entry, Snapshot } from '../model/index.ts'
import { specOf } from '../testing/hand-driven/cluster.ts'
import { RaftLog } from './log.ts'
import { Outbox } from './outbox.ts'

const assign = (index: number, term: number, node: string | null): Entry => ({
  index,
  term,
  body: { type: 'assign', group: 'g', node, cause: '' },
})
const base: Snapshot = {
  index: 2,
  term: 1,
  state: { spec: specOf('abc'), assignments: { g: { node: 'z', epoch: 2, cause: '' } }, bindings: {}, longestLeaseMs: 1000 },
}

describe('a log', () => {
  it('knows who has a group at every point, committed or not', () => {
    const log = new RaftLog(base, [assign(3, 1, 'x'), assign(4, 1, 'y')])
    expect(log.latest.get('g')).toMatchObject({ node: 'y', epoch: 4 })
    expect([2, 3, 4].map((index) => log.latestAt(index).get('g')?.node)).toEqual(['z', 'x', 'y'])
  })
  it('takes assignments, voters and lease lengths back when it is cut', () => {
    const spec = specOf('ab', { timing: { leaseMs: 5000 } })
    const log = new RaftLog(base, [assign(3, 1, 'x'), { index: 4, term: 1, body: { type: 'cluster', spec } }])
    expect([log.spec.index, log.longestLeaseMs]).toEqual([4, 5000])
    log.cutFrom(3)
    expect([log.spec.index, log.longestLeaseMs, log.lastIndex, log.lastTerm]).toEqual([2, 1000, 2, 1])
    expect(log.latest.get('g')?.node).toBe('z')
  })
  it('refuses a gap and a cut into its snapshot', () => {
    const log = new RaftLog(base, [])
    expect(() => log.append(assign(4, 1, 'x'))).toThrow(/invariant/)
    expect(() => log.cutFrom(2)).toThrow(/invariant/)
  })
  it('keeps what follows a snapshot only where it fits', () => {
    const entries = [assign(3, 1, 'x'), assign(4, 2, 'y')]
    const fitting = new RaftLog(base, entries)
    fitting.rebase({ ...base, index: 3, term: 1 })
    expect([fitting.base, fitting.lastIndex]).toEqual([3, 4])
    const other = new RaftLog(base, entries)
    other.rebase({ ...base, index: 3, term: 2 })
    expect([other.base, other.lastIndex]).toEqual([3, 3])
  })
  it('judges how fresh another log is by term first and length second', () => {
    const log = new RaftLog(base, [assign(3, 4, 'x')])
    expect([log.isUpToDate(9, 3), log.isUpToDate(2, 4), log.isUpToDate(3, 4), log.isUpToDate(1, 5)]).toEqual([false, false, true, true])
  })
})

describe('an outbox', () => {
  const answer = {
    type: 'vote-answer',
    from: 'a',
    incarnation: { dataId: 'd', generation: 1 },
    to: 'b',
    term: 2,
    granted: true,
    pre: false,
  } as const
  it('holds a message until every write before it is durable', () => {
    const out = new Outbox()
    const id = out.persist({ hard: { term: 2, votedFor: 'b' } }, { index: 0, term: 0 })
    out.sendDurable('b', answer, 2)
    expect(out.take().map(({ type }) => type)).toEqual(['persist'])
    out.persisted(id - 1, 2)
    expect(out.take()).toEqual([])
    out.persisted(id, 2)
    expect(out.take().map(({ type }) => type)).toEqual(['send'])
  })
  it('never sends it once the term has changed', () => {
    const out = new Outbox()
    const id = out.persist({}, { index: 0, term: 0 })
    out.sendDurable('b', answer, 2)
    out.take()
    out.persisted(id, 3)
    expect(out.take()).toEqual([])
  })
  it('makes one write of entries that follow each other, which is durable as a whole', () => {
    const out = new Outbox()
    const first = out.persist({ entries: [assign(3, 1, 'x')] }, { index: 3, term: 1 })
    const second = out.persist({ entries: [assign(4, 1, 'y')] }, { index: 4, term: 1 })
    expect(out.take()).toEqual([{ type: 'persist', write: { id: first, entries: [assign(3, 1, 'x'), assign(4, 1, 'y')] } }])
    expect(out.persisted(second, 1)).toEqual([{ id: first, index: 4, term: 1 }])
  })
  it('makes another write of what follows a message, a cut or a vote', () => {
    const out = new Outbox()
    out.persist({ entries: [assign(3, 1, 'x')] }, { index: 3, term: 1 })
    out.send('b', answer)
    out.persist({ entries: [assign(4, 1, 'x')] }, { index: 4, term: 1 })
    out.persist({ cutFrom: 4 }, { index: 3, term: 1 })
    out.persist({ hard: { term: 2, votedFor: 'b' } }, { index: 3, term: 1 })
    out.persist({ entries: [assign(4, 2, 'x')] }, { index: 4, term: 2 })
    expect(out.take().map(({ type }) => type)).toEqual(['persist', 'send', 'persist', 'persist', 'persist', 'persist'])
  })
  it('counts a late acknowledgement for nothing when the entry was cut off since, even if it came back', () => {
    const out = new Outbox()
    const first = out.persist({ entries: [assign(3, 1, 'x')] }, { index: 3, term: 1 })
    const cut = out.persist({ cutFrom: 3 }, { index: 2, term: 1 })
    const again = out.persist({ entries: [assign(3, 1, 'x')] }, { index: 3, term: 1 })
    expect(out.persisted(first, 1)).toEqual([])
    expect(out.persisted(cut, 1).map(({ index }) => index)).toEqual([2])
    expect(out.persisted(again, 1).map(({ index }) => index)).toEqual([3])
  })
})
