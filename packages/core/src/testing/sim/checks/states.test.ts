import { describe, expect, it } from 'vitest'
import { applyEntry } from '../../../engine/apply.ts'
import type { EngineStatus } from '../../../engine/types.ts'
import type { ClusterSpec, ClusterState, Entry, EntryBody } from '../../../model/index.ts'
import { specOf } from '../../hand-driven/cluster.ts'
import { StoredLog } from '../stored-log.ts'
import type { Logged } from './ledger.ts'
import { statusOf } from './samples.ts'
import { StatesCheck } from './states.ts'

const bootstrap: ClusterState = { spec: specOf('abc'), assignments: {}, bindings: {}, longestLeaseMs: 1000 }
const longer: ClusterSpec = specOf('ab', { timing: { leaseMs: 3000 } })

/** A node whose log says this. */
function logged(id: string, ...bodies: readonly EntryBody[]): Logged {
  const entries = bodies.map((body, position): Entry => ({ index: position + 1, term: 1, body }))
  const log = new StoredLog({ hard: { term: 1, votedFor: null }, snapshot: { index: 0, term: 0, state: bootstrap }, entries })
  return { id, written: log, durable: log }
}

const note = { at: '2026-11-22T16:00:00.000Z', by: 'ann at a', what: 'a test' }
const incident = (state: 'stolen' | 'recovered') =>
  ({ state, group: 'h', node: 'b', epoch: 5, endpoint: '10.99.0.50/32', through: 'rtb-1', to: null, at: note.at }) as const
const history: readonly EntryBody[] = [
  { type: 'cluster', spec: bootstrap.spec },
  { type: 'bind', node: 'c', dataId: 'disk-c', generation: 1 },
  { type: 'assign', group: 'g', node: 'a', cause: 'nobody holds it' },
  { type: 'cluster', spec: longer },
  { type: 'assign', group: 'g', node: 'b', cause: 'a is not heard' },
  { type: 'maintenance', order: { action: 'drain', nodes: ['a', 'b'] }, note },
  { type: 'maintenance', order: { action: 'pause', group: 'g' }, note },
  { type: 'maintenance', order: { action: 'pause', group: null }, note },
  { type: 'maintenance', order: { action: 'resume', nodes: ['b'] }, note },
  { type: 'cluster', spec: specOf('bc', { groups: ['h'] }), note },
  { type: 'maintenance', order: { action: 'unpause', group: 'h' }, note },
  { type: 'maintenance', order: { action: 'unpause', group: null }, note },
  { type: 'incidents', incidents: [incident('stolen'), incident('recovered')] },
]
/** What the shipped code makes of the first entries. */
const shipped = (count: number): ClusterState =>
  logged('a', ...history.slice(0, count)).written.entries.reduce((state, entry) => applyEntry(state, entry), bootstrap)

describe('the check of state machines', () => {
  it('accepts what the shipped code makes of every kind of entry, at every index and on every node', () => {
    const check = new StatesCheck(bootstrap)
    const [a, b] = [logged('a', ...history), logged('b', ...history)]
    for (let count = 1; count <= history.length; count++) check.applied(a, count, shipped(count))
    check.applied(b, 3, shipped(3))
    expect(() => check.applied(b, 5, shipped(5))).not.toThrow()
  })

  it('convicts a node that has made something else of the same entries', () => {
    const check = new StatesCheck(bootstrap)
    check.applied(logged('a', ...history), 5, shipped(5))
    const other = { ...shipped(5), bindings: { c: { dataId: 'disk-c', generation: 1 } } }
    expect(() => check.applied(logged('b', ...history), 5, other)).toThrow(/state machines agree: b has applied 5 entries/)
    expect(() => check.applied(logged('c', ...history), 5, { ...shipped(5), longestLeaseMs: 1000 })).toThrow(/state machines agree/)
  })

  it('convicts the first node that applies wrongly, with nobody to compare it to', () => {
    expect(() => new StatesCheck(bootstrap).applied(logged('a', ...history), 3, shipped(2))).toThrow(/state machines agree/)
  })

  it('asks nobody for the same configuration before the log has one', () => {
    const check = new StatesCheck(bootstrap)
    const young = logged('d', { type: 'noop' }, { type: 'cluster', spec: longer })
    check.applied(young, 1, { ...bootstrap, spec: specOf('abcd') })
    expect(() => check.applied(young, 2, { ...bootstrap, spec: specOf('abcd') })).toThrow(/state machines agree/)
  })

  it('convicts a snapshot that is not what the log amounts to at its index', () => {
    const check = new StatesCheck(bootstrap)
    check.applied(logged('a', ...history), 5, shipped(5))
    expect(() => check.saves('a', { index: 4, term: 1, state: shipped(4) })).not.toThrow()
    expect(() => check.saves('b', { index: 4, term: 1, state: shipped(3) })).toThrow(/b saves a snapshot of 4 entries/)
  })

  it('knows of every change of hands who had the group before', () => {
    const check = new StatesCheck(bootstrap)
    check.applied(logged('a', ...history), 5, shipped(5))
    expect([check.handover(3), check.handover(4), check.handover(5)]).toEqual([
      { group: 'g', node: 'a', previous: null, epoch: 3, cause: 'nobody holds it' },
      undefined,
      { group: 'g', node: 'b', previous: 'a', epoch: 5, cause: 'a is not heard' },
    ])
  })

  it('convicts a status that names another holder than the log does', () => {
    const check = new StatesCheck(bootstrap)
    check.applied(logged('a', ...history), 5, shipped(5))
    const status = (holder: string, epoch: number): EngineStatus => statusOf(5, { holder, epoch, cause: 'a is not heard' })
    expect(() => check.tells('c', status('b', 5))).not.toThrow()
    expect(() => check.tells('c', status('a', 3))).toThrow(/status is true/)
  })
})
