import { describe, expect, it } from 'vitest'
import type { Beat, ClusterState, NodeId } from '../../../model/index.ts'
import { specOf } from '../../hand-driven/cluster.ts'
import { StoredLog } from '../stored-log.ts'
import type { Logged } from './ledger.ts'
import { QuorumsCheck } from './quorums.ts'

const beat = (from: NodeId, coordinator: NodeId | null, term = 1, commit = 0): Beat => ({
  type: 'beat',
  from,
  incarnation: { dataId: `disk-${from}`, generation: 1 },
  sentAt: 0,
  leaseMs: 1000,
  voters: ['a', 'b', 'c'],
  term,
  coordinator,
  commit,
  matched: 0,
  holds: [],
  released: [],
  echoes: [],
  promises: [],
  asks: [],
  report: { fitness: {}, leaving: false, latenessMs: 0, configHash: '' },
})

/** Node a among voters a, b and c (beats every 100 ms, elections after 900 ms) and an outsider d, and a judge of it. */
function watched() {
  const state: ClusterState = { spec: specOf('abc', { outsiders: 'd' }), assignments: {}, bindings: {}, longestLeaseMs: 1000 }
  const written = new StoredLog({ hard: { term: 1, votedFor: null }, snapshot: { index: 0, term: 0, state }, entries: [] })
  const node: Logged = { id: 'a', written, durable: written }
  const check = new QuorumsCheck()
  const step = (now: number, from: NodeId | null, { life = 1, wakeAt = now + 100 } = {}): void => {
    const news = from === null ? ({ type: 'wake' } as const) : ({ type: 'message', message: beat(from, 'a') } as const)
    check.stepped(node, { life, now, news, effects: [{ type: 'wake', at: wakeAt }], applied: null })
  }
  return {
    written,
    hears: step,
    wakes: (now: number, options: { life?: number; wakeAt?: number } = {}): void => step(now, null, options),
    says: (coordinator: NodeId | null, term = 1, commit = 0): void => check.sent(node, beat('a', coordinator, term, commit)),
  }
}

describe('the check of quorums', () => {
  it('accepts a coordinator that hears a quorum, itself included, and one that was elected just now', () => {
    const { hears, wakes, says } = watched()
    wakes(0)
    says('a')
    wakes(90, { wakeAt: 850 })
    hears(850, 'b', { wakeAt: 1749 })
    wakes(1749)
    expect(() => says('a')).not.toThrow()
  })

  it('convicts a coordinator that has heard no quorum for an election time', () => {
    const { wakes, says } = watched()
    wakes(0, { wakeAt: 899 })
    says('a')
    wakes(899, { wakeAt: 901 })
    expect(() => says('a')).not.toThrow()
    wakes(901)
    expect(() => says('a')).toThrow(/no coordinator without a quorum: a says that it coordinates term 1.*only \[a\] of \[a b c\]/)
  })

  it('counts no outsider, and nobody whom only an earlier life has heard', () => {
    const { hears, wakes, says } = watched()
    wakes(0, { wakeAt: 899 })
    says('a')
    hears(899, 'd', { wakeAt: 901 })
    wakes(901)
    expect(() => says('a')).toThrow(/no coordinator/)
    const other = watched()
    other.wakes(0, { wakeAt: 800 })
    other.hears(800, 'b')
    other.wakes(810, { life: 2 })
    other.says('a')
    other.wakes(910, { life: 2, wakeAt: 1711 })
    other.wakes(1711, { life: 2 })
    expect(() => other.says('a')).toThrow(/no coordinator/)
  })

  it('accepts every silence of a node that does not call itself coordinator, and a new election', () => {
    const { wakes, says } = watched()
    wakes(0, { wakeAt: 2000 })
    says('a')
    wakes(2000)
    expect(() => says(null)).not.toThrow()
    expect(() => says('b')).not.toThrow()
    expect(() => says('a', 2)).not.toThrow()
  })

  it('grants everybody one more beat after the node itself was late, and no more', () => {
    const { wakes, says } = watched()
    wakes(0)
    says('a')
    wakes(5000, { wakeAt: 5099 })
    expect(() => says('a')).not.toThrow()
    wakes(5099, { wakeAt: 5101 })
    expect(() => says('a')).not.toThrow()
    wakes(5101)
    expect(() => says('a')).toThrow(/no coordinator/)
  })

  it('convicts a coordinator that goes on for an election time after its removal was committed, and nobody before that', () => {
    const { written, hears, says } = watched()
    const listens = (now: number): void => {
      hears(now, 'b')
      hears(now, 'c')
    }
    listens(0)
    says('a')
    written.apply({ id: 1, entries: [{ index: 1, term: 1, body: { type: 'cluster', spec: specOf('bc', { outsiders: 'a' }) } }] })
    for (let now = 100; now <= 2000; now += 100) {
      listens(now)
      says('a')
    }
    for (let now = 2100; now <= 3000; now += 100) {
      listens(now)
      expect(() => says('a', 1, 1)).not.toThrow()
    }
    listens(3001)
    expect(() => says('a', 1, 1)).toThrow(/no coordinator without a vote/)
    expect(() => says(null, 1, 1)).not.toThrow()
  })
})
