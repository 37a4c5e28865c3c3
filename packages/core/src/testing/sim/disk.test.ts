import { describe, expect, it } from 'vitest'
import type { ClusterState, Entry, Stored } from '../../model/index.ts'
import { SimDisk } from './disk.ts'
import { EventQueue } from './queue.ts'
import { SeededRandom } from './random.ts'
import { StoredLog } from './stored-log.ts'

const state: ClusterState = {
  spec: { name: 'c', timing: { heartbeatMs: 100, leaseMs: 1000, electionMs: 900, driftPpmMax: 1000 }, nodes: [], groups: [] },
  assignments: {},
  bindings: {},
  longestLeaseMs: 1000,
}
const empty: Stored = { hard: { term: 0, votedFor: null }, snapshot: { index: 0, term: 0, state }, entries: [] }
const entry = (index: number, term = 1): Entry => ({ index, term, body: { type: 'noop' } })

function disk(seed = 1): { disk: SimDisk; queue: EventQueue; persisted: number[]; failing: (string | null)[] } {
  const queue = new EventQueue()
  const made = new SimDisk(queue, new SeededRandom(seed), empty, 2)
  const persisted: number[] = []
  const failing: (string | null)[] = []
  made.open({ persisted: (id) => persisted.push(id), failing: (reason) => failing.push(reason) })
  return { disk: made, queue, persisted, failing }
}

describe('the simulated disk', () => {
  it('tells of a write only after it has become durable', () => {
    const { disk: made, queue, persisted } = disk()
    made.write({ id: 1, entries: [entry(1)] })
    expect(made.durable.lastIndex).toBe(0)
    queue.runUntil(200)
    expect([persisted, made.durable.lastIndex]).toEqual([[1], 1])
  })

  it('loses in a crash what was not flushed, and never the middle of it', () => {
    const left = new Set<number>()
    for (let seed = 1; seed < 60; seed++) {
      const { disk: made } = disk(seed)
      made.write({ id: 1, entries: [entry(1)] })
      made.crash()
      left.add(made.durable.lastIndex)
    }
    expect(left).toEqual(new Set([0, 1]))
  })

  it('is called silent when it has owed an answer for a second, and well when it answers', () => {
    const { disk: made, queue, failing } = disk()
    made.stall(1500)
    made.write({ id: 1, entries: [entry(1)] })
    queue.runUntil(999)
    expect(failing).toEqual([])
    queue.runUntil(1400)
    expect(failing).toEqual(['disk has not answered for 1000 ms'])
    queue.runUntil(1600)
    expect(failing).toEqual(['disk has not answered for 1000 ms', null])
  })

  it('holds writes back while it stalls or fails, and then takes them in order', () => {
    const { disk: made, queue, persisted, failing } = disk()
    made.stall(500)
    made.write({ id: 1, hard: { term: 1, votedFor: 'a' } })
    queue.runUntil(499)
    expect(persisted).toEqual([])
    made.setFailing('no space left on device')
    made.write({ id: 2, entries: [entry(1)] })
    queue.runUntil(1000)
    expect(persisted).toEqual([])
    made.setFailing(null)
    queue.runUntil(1500)
    expect([persisted, failing]).toEqual([[2], ['no space left on device', null]])
  })

  it('applies the parts of a write in the order snapshot, cut, entries', () => {
    const log = new StoredLog({ ...empty, entries: [entry(1), entry(2), entry(3)] })
    log.apply({ id: 1, snapshot: { index: 1, term: 1, state }, cutFrom: 3, entries: [entry(3, 2), entry(4, 2)] })
    expect([log.snapshot.index, log.entries.map((each) => `${each.index}.${each.term}`)]).toEqual([1, ['2.1', '3.2', '4.2']])
    expect(() => log.apply({ id: 2, entries: [entry(9)] })).toThrow(/does not follow/)
  })
})
