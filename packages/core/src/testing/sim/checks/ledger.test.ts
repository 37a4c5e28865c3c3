import { describe, expect, it } from 'vitest'
import type { ClusterState, Entry, Term } from '../../../model/index.ts'
import { specOf } from '../../hand-driven/cluster.ts'
import { StoredLog } from '../stored-log.ts'
import { LedgerCheck } from './ledger.ts'
import type { Logged } from './ledger.ts'

const configures = (index: number, voters: string, term = 1): Entry => ({
  index,
  term,
  body: { type: 'cluster', spec: specOf(voters, { outsiders: 'x' }) },
})

/** Node a, which is the only voter, coordinates a term and has its log on disk as soon as it is written. */
function watched() {
  const state: ClusterState = { spec: specOf('a'), assignments: {}, bindings: {}, longestLeaseMs: 1000 }
  const written = new StoredLog({ hard: { term: 1, votedFor: 'a' }, snapshot: { index: 0, term: 0, state }, entries: [] })
  const node: Logged = { id: 'a', written, durable: written }
  const check = new LedgerCheck(new Map([['a', node]]), () => {})
  const write = (...entries: readonly Entry[]): void => {
    check.writes(node, { id: 1, entries })
    written.apply({ id: 1, entries })
  }
  return { written, write, says: (commit: number, term: Term = 1): void => check.says(node, term, true, commit) }
}

describe('the check of voter sets', () => {
  it('accepts voters that change one by one once an entry of the term is committed', () => {
    const { write, says } = watched()
    says(0)
    write(configures(1, 'a'))
    says(1)
    expect(() => write(configures(2, 'ab'), configures(3, 'abc'))).not.toThrow()
  })

  it('convicts a coordinator that changes two voters in one entry', () => {
    const { write, says } = watched()
    says(0)
    write(configures(1, 'a'))
    says(1)
    expect(() => write(configures(2, 'b'))).toThrow(/voters change one by one: a proposes 2, which changes the votes of b and a/)
  })

  it('convicts a coordinator that changes a voter before an entry of its term is committed', () => {
    const { written, write, says } = watched()
    says(0)
    expect(() => write(configures(1, 'ab'))).toThrow(/voters change in a settled term/)
    write(configures(1, 'a'))
    says(1)
    written.apply({ id: 2, hard: { term: 2, votedFor: 'a' } })
    says(1, 2)
    expect(() => write(configures(2, 'ab', 2))).toThrow(/voters change in a settled term: a proposes 2 before an entry of term 2/)
  })

  it('asks nothing of who copies the log of another', () => {
    expect(() => watched().write(configures(1, 'abc'))).not.toThrow()
  })
})

describe('the check of successors', () => {
  /** Coordinator a has three entries, b so many of them, all of term 1; b may be in a later term. */
  const handsOver =
    (held: number, term = 1) =>
    () => {
      const state: ClusterState = { spec: specOf('ab'), assignments: {}, bindings: {}, longestLeaseMs: 1000 }
      const having = (id: string, count: number, hardTerm = 1): Logged => {
        const entries = [1, 2, 3].slice(0, count).map((index) => configures(index, 'ab'))
        const log = new StoredLog({ hard: { term: hardTerm, votedFor: null }, snapshot: { index: 0, term: 0, state }, entries })
        return { id, written: log, durable: log }
      }
      const [a, b] = [having('a', 3), having('b', held, term)]
      new LedgerCheck(new Map([a, b].map((node) => [node.id, node])), () => {}).handsOver(a, 'b', 1)
    }

  it('accepts one that has every entry on disk', () => expect(handsOver(3)).not.toThrow())

  it('convicts a coordinator that wants one who lacks an entry', () => {
    expect(handsOver(2)).toThrow(/a successor has every entry: a wants b to coordinate, which has not got 3 on disk/)
  })

  it('asks nothing where the log of the successor was cut off since, in a later term', () => expect(handsOver(2, 2)).not.toThrow())
})
