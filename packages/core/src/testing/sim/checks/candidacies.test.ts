import { describe, expect, it } from 'vitest'
import type { Effect } from '../../../engine/types.ts'
import type { ClusterState, Message, NodeId, VoteAnswer } from '../../../model/index.ts'
import { specOf } from '../../hand-driven/cluster.ts'
import { StoredLog } from '../stored-log.ts'
import { CandidaciesCheck } from './candidacies.ts'
import type { Logged } from './ledger.ts'
import { beatOf } from './samples.ts'

const incarnation = { dataId: 'disk', generation: 1 }

/** Node a of these voters, in term 3, and a judge of its steps. */
function watched(voters = 'abc') {
  const state: ClusterState = { spec: specOf(voters), assignments: {}, bindings: {}, longestLeaseMs: 1000 }
  const written = new StoredLog({ hard: { term: 3, votedFor: null }, snapshot: { index: 0, term: 0, state }, entries: [] })
  const node: Logged = { id: 'a', written, durable: written }
  const check = new CandidaciesCheck()
  return {
    stepsAfter: (message: Message | null, effects: readonly Effect[] = [], life = 1, now = 0): void => {
      const news = message === null ? ({ type: 'wake' } as const) : ({ type: 'message', message } as const)
      check.stepped(node, { life, now, news, effects, applied: null })
    },
  }
}

const enters = (term: number, votedFor: NodeId | null): Effect => ({ type: 'persist', write: { id: 1, hard: { term, votedFor } } })
const asks = (term: number, { pre = true, transfer = false } = {}): Effect => ({
  type: 'send',
  to: 'b',
  message: { type: 'vote-request', from: 'a', incarnation, to: 'b', term, lastIndex: 0, lastTerm: 0, pre, transfer },
})
const answer = (from: NodeId, term: number, granted: boolean, pre = true): VoteAnswer => {
  return { type: 'vote-answer', from, incarnation, to: 'a', term, granted, pre }
}
const invitation = (term: number): Message => ({ type: 'timeout-now', from: 'b', incarnation, to: 'a', term })

describe('the check of candidacies', () => {
  it('accepts a candidacy that a quorum would vote for, and that of an only voter', () => {
    const { stepsAfter } = watched('abcde')
    stepsAfter(null, [asks(4)])
    stepsAfter(answer('b', 4, true))
    expect(() => stepsAfter(answer('c', 4, true), [enters(4, 'a')])).not.toThrow()
    expect(() => watched('a').stepsAfter(null, [enters(4, 'a')])).not.toThrow()
  })

  it('convicts a candidacy that nobody was asked about, that was refused, or that less than a quorum would vote for', () => {
    const { stepsAfter } = watched('abcde')
    expect(() => stepsAfter(null, [enters(4, 'a')])).toThrow(/no candidacy without pre-votes: a stands in term 4/)
    stepsAfter(null, [asks(4)])
    stepsAfter(answer('b', 4, true))
    stepsAfter(answer('c', 3, false))
    expect(() => stepsAfter(answer('x', 4, true), [enters(4, 'a')])).toThrow(/only \[a b\] of \[a b c d e\]/)
  })

  it('counts no yes of an earlier round, about another term, of an earlier life, or that was taken back', () => {
    const { stepsAfter } = watched()
    stepsAfter(null, [asks(4)])
    stepsAfter(answer('b', 4, true))
    expect(() => stepsAfter(null, [enters(4, 'a')], 2)).toThrow(/no candidacy/)
    stepsAfter(null, [asks(4)])
    stepsAfter(answer('b', 5, true))
    expect(() => stepsAfter(null, [enters(4, 'a')])).toThrow(/no candidacy/)
    stepsAfter(answer('b', 4, true))
    expect(() => stepsAfter(null, [asks(4), enters(4, 'a')])).toThrow(/no candidacy/)
    stepsAfter(answer('b', 4, true))
    stepsAfter(answer('b', 4, false))
    expect(() => stepsAfter(null, [enters(4, 'a')])).toThrow(/no candidacy/)
  })

  it('accepts a candidacy that the coordinator of the term before wants, and convicts one that only says so', () => {
    const { stepsAfter } = watched()
    expect(() => stepsAfter(invitation(2), [enters(4, 'a')])).toThrow(/no candidacy/)
    stepsAfter(invitation(3), [enters(4, 'a')])
    expect(() => stepsAfter(null, [asks(4, { pre: false, transfer: true })])).not.toThrow()
    expect(() => stepsAfter(null, [asks(5, { pre: false, transfer: true })])).toThrow(/wants it to stand in term 5, which is not so/)
    expect(() => stepsAfter(null, [asks(4, { pre: true, transfer: true })])).toThrow(/no candidacy/)
  })

  it('accepts a later term that was heard of, and convicts one that nobody has named', () => {
    const { stepsAfter } = watched()
    expect(() => stepsAfter(answer('b', 7, false), [enters(7, null), enters(7, 'b')])).not.toThrow()
    expect(() => stepsAfter(invitation(7), [enters(8, null)])).toThrow(/terms grow by what is heard: a enters term 8/)
    expect(() => stepsAfter(null, [enters(4, null)])).toThrow(/terms grow/)
  })

  it('convicts a node that takes a question before an election, or a yes to it, for a term that there is', () => {
    const { stepsAfter } = watched()
    const question = { type: 'vote-request', from: 'b', incarnation, to: 'a', term: 4, lastIndex: 0, lastTerm: 0, transfer: false } as const
    expect(() => stepsAfter({ ...question, pre: true }, [enters(4, null)])).toThrow(/terms grow/)
    expect(() => stepsAfter(answer('b', 4, true), [enters(4, null)])).toThrow(/terms grow/)
    expect(() => stepsAfter({ ...question, pre: false }, [enters(4, 'b')])).not.toThrow()
  })

  describe('of others, at a node that hears a coordinator,', () => {
    const question = { type: 'vote-request', from: 'c', incarnation, to: 'a', term: 4, lastIndex: 0, lastTerm: 0 } as const
    const asked = { ...question, pre: true, transfer: false }
    const grants: Effect = { type: 'send', to: 'c', message: { ...answer('a', 4, true), to: 'c' } }
    const append = { type: 'append', from: 'b', incarnation, to: 'a', prevIndex: 0, prevTerm: 0, entries: [], commit: 0 } as const
    const hearing = (...words: readonly Message[]) => {
      const { stepsAfter } = watched()
      for (const word of words) stepsAfter(word)
      return (now: number, effects: readonly Effect[], message: Message = asked) => stepsAfter(message, effects, 1, now)
    }
    const word = beatOf('b', { coordinator: 'b' })

    it('convicts a yes and a change of term', () => {
      const convicted = /no vote against a live coordinator: a supports c, 500 ms after it heard b coordinate/
      expect(() => hearing(word)(500, [grants])).toThrow(convicted)
      expect(() => hearing({ ...append, term: 3 })(500, [grants])).toThrow(convicted)
      expect(() => hearing(word)(500, [enters(4, 'c')], { ...asked, pre: false })).toThrow(convicted)
    })

    it('accepts silence, and the wish of that coordinator', () => {
      expect(() => hearing(word)(500, [])).not.toThrow()
      expect(() => hearing(word)(500, [enters(4, 'c')], { ...question, pre: false, transfer: true })).not.toThrow()
    })

    it.each([
      ['long ago', [word]],
      ['in an earlier term', [{ ...word, term: 2 }]],
      ['and then that it steps down', [word, { ...word, sentAt: 1, coordinator: null }]],
      [
        'after it had stepped down',
        [
          { ...word, sentAt: 2, coordinator: null },
          { ...word, sentAt: 1 },
        ],
      ],
      [
        'in a life that is over',
        [
          { ...word, coordinator: null, incarnation: { ...incarnation, generation: 2 } },
          { ...append, term: 3 },
        ],
      ],
    ] as const)('accepts a yes to others where it was heard %s', (when, words) => {
      expect(() => hearing(...words)(when === 'long ago' ? 900 : 500, [grants])).not.toThrow()
    })
  })
})
