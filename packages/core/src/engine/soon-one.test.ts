import { describe, expect, it } from 'vitest'
import type { Append, Entry, Snapshot, Timing } from '../model/index.ts'
import { HandDriven, specOf } from '../testing/hand-driven/cluster.ts'
import { FIT } from '../testing/hand-driven/node.ts'
import { SeededRandom } from '../testing/sim/random.ts'

describe('a group is served again', () => {
  it('when its holder lets go but its release never ends', () => {
    const cluster = new HandDriven(specOf('abc'))
    cluster.start()
    expect(cluster.settle()).toBe('a')
    cluster.node('a').runs = false
    cluster.node('a').tell({ type: 'fitness', group: 'g', fitness: { level: 'unfit', reasons: ['a test'] } })
    const tookMs = cluster.until(() => cluster.node('b').mayServe('g'))
    expect(tookMs).toBeGreaterThan(900)
    expect(tookMs).toBeLessThan(1200)
  })

  it('by the only node that can take it, when its runner came too late for a lease and let it go by itself', () => {
    const cluster = new HandDriven(specOf('abc', { holders: 'a' }))
    cluster.start()
    expect(cluster.settle()).toBe('a')
    const node = cluster.node('a')
    const epoch = node.servedEpoch('g') ?? 0
    // A runner that was late drops what has ended before the engine has looked: its word comes before it is asked for.
    node.runs = false
    node.released('g', epoch)
    node.runs = true
    expect(node.events('dropped')).toMatchObject([{ epoch, cause: 'lease-ended' }])
    expect(node.lastBeat().released).toEqual([{ group: 'g', epoch }])
    expect(cluster.until(() => (node.servedEpoch('g') ?? 0) > epoch && node.mayServe('g'))).toBeLessThan(1500)
  })

  it('when the node that was chosen cannot write the assignment to its disk', () => {
    const cluster = new HandDriven(specOf('abc'))
    cluster.start()
    expect(cluster.settle()).toBe('a')
    cluster.node('b').hangs = true
    cluster.switchover('b')
    cluster.run(50)
    expect(cluster.node('a').status().groups[0]?.holder).toBe('b')
    expect(cluster.serving()).toBe('')
    expect(cluster.until(() => cluster.serving() !== '')).toBeLessThan(6000)
    expect(cluster.serving()).toBe('a')
  })

  it('where a configuration adds it, although the disk of the coordinator fails and never learns of that', () => {
    const cluster = new HandDriven(specOf('abc'))
    cluster.start()
    cluster.settle()
    const coordinator = cluster.node(cluster.coordinator() ?? '')
    coordinator.hangs = true
    coordinator.tell({ type: 'configure', id: 'c', spec: specOf('abc', { groups: ['g', 'new'] }) })
    coordinator.tell({ type: 'storage', failing: 'no space left on device' })
    cluster.until(() => cluster.coordinator() !== coordinator.id && cluster.coordinator() !== undefined, 'another coordinator')
    for (const id of 'abc') cluster.node(id).tell({ type: 'fitness', group: 'new', fitness: FIT })
    expect(cluster.until(() => cluster.serving('new') !== '', 'the new group')).toBeLessThan(2000)
    const { term } = cluster.node(cluster.coordinator() ?? '').status()
    cluster.run(5000)
    expect(cluster.node(cluster.coordinator() ?? '').status().term).toBe(term)
  })

  it('where every disk is so slow that it is called silent before it answers', () => {
    const cluster = new HandDriven(specOf('abc'))
    cluster.start()
    cluster.settle()
    cluster.switchover(cluster.coordinator() === 'a' ? 'b' : 'a')
    cluster.run(3000)
    const holder = cluster.serving()
    expect(holder).not.toBe(cluster.coordinator())
    for (const node of cluster.nodes.values()) node.flushMs = 1100
    cluster.node(holder).crash()
    cluster.run(1000)
    expect(cluster.until(() => cluster.serving() !== '', 'another holder')).toBeLessThan(6000)
  })

  it('where every disk is so slow that the votes of one round come after the beginning of the next', () => {
    const neededMs = Array.from({ length: 20 }, (_, seed) => {
      const cluster = new HandDriven(specOf('abc'))
      const random = new SeededRandom(seed)
      for (const node of cluster.nodes.values()) node.random = () => random.next()
      cluster.start()
      cluster.settle()
      for (const node of cluster.nodes.values()) node.flushMs = 900
      cluster.node(cluster.coordinator() ?? '').crash()
      return cluster.until(() => cluster.coordinator() !== undefined, 'another coordinator')
    })
    expect(Math.max(...neededMs)).toBeLessThan(30_000)
  })

  it('by a voter whose disk works again, and by no other', () => {
    const cluster = new HandDriven(specOf('a'))
    const a = cluster.node('a')
    a.start({ swept: true })
    a.tell({ type: 'storage', failing: 'no space left on device' })
    cluster.run(5000)
    expect([cluster.coordinator(), cluster.serving()]).toEqual([undefined, ''])
    a.tell({ type: 'storage', failing: null })
    expect(cluster.until(() => cluster.serving() === 'a', 'a serving')).toBeLessThan(2000)
  })

  it('when the node that is preferred reaches the coordinator but no quorum', () => {
    const cluster = new HandDriven(specOf('abc', { outsiders: 'd', holders: 'da' }))
    cluster.start()
    expect(cluster.settle()).toBe('d')
    expect(cluster.coordinator()).toBe('a')
    cluster.cut('d-b', 'd-c')
    cluster.run(2000)
    cluster.until(() => cluster.serving() === 'a')
    cluster.run(5000)
    expect(cluster.serving()).toBe('a')
  })

  it('at a cold start by the preferred node, although another one coordinates and could take it at once', () => {
    const cluster = new HandDriven(specOf('abc', { holders: 'cba' }))
    cluster.start()
    expect(cluster.settle()).toBe('c')
    expect(cluster.coordinator()).toBe('a')
  })

  it('after the holder fell silent, about one lease later', () => {
    const cluster = new HandDriven(specOf('abc'))
    cluster.start()
    cluster.settle()
    cluster.node('a').crash()
    const tookMs = cluster.until(() => cluster.serving() === 'b')
    expect(tookMs).toBeGreaterThan(890)
    expect(tookMs).toBeLessThan(1250)
  })

  it('after the holder was cut off, and not before its lease has ended there', () => {
    const cluster = new HandDriven(specOf('abc'))
    cluster.start()
    cluster.settle()
    cluster.isolate('a')
    cluster.until(() => !cluster.node('a').mayServe('g'))
    expect(cluster.serving()).toBe('')
    expect(cluster.node('a').of('drop').at(-1)).toMatchObject({ group: 'g', cause: 'lease-ended' })
    cluster.until(() => cluster.node('b').mayServe('g'))
    cluster.mend()
    cluster.run(2000)
    expect(cluster.serving()).toBe('b')
  })
})

describe('a voter that holds back an entry for its promise', () => {
  it('does not prolong that promise, so that the log cannot stand still for ever', () => {
    const cluster = new HandDriven(specOf('abc'))
    cluster.start()
    cluster.settle()
    cluster.switchover('c')
    cluster.run(500)
    expect(cluster.serving()).toBe('c')
    expect(cluster.coordinator()).toBe('a')
    const b = cluster.node('b')
    const { term, lastIndex, commit } = b.status()
    const entry: Entry = { index: lastIndex + 1, term, body: { type: 'assign', group: 'g', node: 'b', cause: 'a test' } }
    const append: Append = {
      type: 'append',
      from: 'a',
      incarnation: { dataId: 'data-a', generation: 1 },
      to: 'b',
      term,
      prevIndex: lastIndex,
      prevTerm: term,
      entries: [entry],
      commit,
    }
    b.hear(append)
    expect(b.status().lastIndex).toBe(lastIndex)
    const heldAt = cluster.now
    for (let ms = 1; ms <= 1003 && b.status().lastIndex === lastIndex; ms += 1) {
      cluster.now = heldAt + ms
      if (ms % 100 === 0) b.hear({ ...cluster.node('c').lastBeat(), sentAt: cluster.now })
      if (ms % 100 === 0) b.hear({ ...cluster.node('a').lastBeat(), sentAt: cluster.now })
      b.wake()
    }
    expect(b.status().lastIndex).toBe(lastIndex + 1)
    expect(b.lastBeat().promises).toEqual([])
  })
})

describe('an engine waits for time to pass', () => {
  it('and never asks to be woken at once, also while a snapshot is being written and the coordinator is silent', () => {
    const cluster = new HandDriven(specOf('abc'))
    cluster.start()
    cluster.settle()
    const c = cluster.node('c')
    const { term, lastIndex } = c.status()
    const snapshot: Snapshot = { index: lastIndex + 5, term, state: { ...c.disk.snapshot.state, assignments: {}, longestLeaseMs: 1000 } }
    c.hangs = true
    c.hear({ type: 'install-snapshot', from: 'a', incarnation: { dataId: 'data-a', generation: 1 }, to: 'c', term, snapshot })
    for (let step = 0; step < 200; step += 1) {
      cluster.now += 10
      const wake = c.tell({ type: 'wake' }).findLast((effect) => effect.type === 'wake')
      expect(wake?.at).toBeGreaterThan(cluster.now)
    }
  })
})

describe('a node that beats in step with its coordinator', () => {
  /** The longest time between two of its beats while one beat of the coordinator is lost. */
  function longestGapMs(timing: Partial<Timing>): number {
    const cluster = new HandDriven(specOf('abc', { timing }))
    cluster.start()
    cluster.settle()
    const coordinator = cluster.coordinator() ?? ''
    const follower = ['a', 'b', 'c'].find((id) => id !== coordinator) ?? ''
    const beatAt = (id: string): number => cluster.node(id).lastBeat().sentAt
    const lastAt = beatAt(coordinator)
    cluster.cut(`${coordinator}>${follower}`)
    cluster.until(() => beatAt(coordinator) > lastAt, 'a beat that is lost')
    cluster.mend()
    const gaps: number[] = []
    for (let before = beatAt(follower); gaps.length < 10; before = beatAt(follower)) {
      cluster.until(() => beatAt(follower) > before, 'a beat')
      gaps.push(Math.round(beatAt(follower) - before))
    }
    return Math.max(...gaps)
  }

  it('waits for it for two periods, and for no longer than a quarter of a lease where that is shorter', () => {
    expect(longestGapMs({ heartbeatMs: 100, electionMs: 900, leaseMs: 1000 })).toBe(200)
    expect(longestGapMs({ heartbeatMs: 196, electionMs: 590, leaseMs: 600 })).toBe(196)
  })
})

describe('a holder that is claiming again after a long time of serving', () => {
  /** How long it keeps the group, in ms; 10 s at most. */
  function keptMs(configured: boolean): number {
    const cluster = new HandDriven(specOf('abc'))
    cluster.start()
    const holder = cluster.node(cluster.settle())
    cluster.run(20_000)
    if (configured)
      cluster.node(cluster.coordinator() ?? '').tell({ type: 'configure', id: 'c', spec: { ...specOf('abc'), name: 'another' } })
    cluster.run(50)
    const epoch = holder.servedEpoch('g') ?? 0
    holder.tell({ type: 'holding', group: 'g', epoch, state: 'claiming' })
    const begin = cluster.now
    while (holder.servedEpoch('g') === epoch && cluster.now - begin < 10_000) cluster.run(10)
    return cluster.now - begin
  }

  it('is given up at once where nothing explains it', () => {
    expect(keptMs(false)).toBeLessThan(500)
  })

  it('keeps the group for as long as under a new assignment where a configuration may have brought other endpoints', () => {
    expect(keptMs(true)).toBeGreaterThan(4500)
    expect(keptMs(true)).toBeLessThan(6000)
  })
})
