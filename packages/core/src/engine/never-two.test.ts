import { describe, expect, it } from 'vitest'
import { HandDriven, specOf } from '../testing/hand-driven/cluster.ts'
import type { Append, Beat, ClusterSpec, Entry, Message } from '../model/index.ts'
import { FIT } from '../testing/hand-driven/node.ts'

function withVoters(spec: ClusterSpec, voters: string): ClusterSpec {
  return { ...spec, nodes: spec.nodes.map((node) => ({ ...node, voter: voters.includes(node.id) })) }
}
function configure(cluster: HandDriven, spec: ClusterSpec): string | null | undefined {
  const coordinator = cluster.node(cluster.coordinator() ?? '')
  const effects = coordinator.tell({ type: 'configure', id: 'c', spec })
  cluster.deliver()
  return effects.find((effect) => effect.type === 'configured')?.refused
}

describe('a node that becomes a voter', () => {
  it('never echoes without denial a beat that it heard before it could promise', () => {
    const spec = specOf('abc', { outsiders: 'd' })
    const cluster = new HandDriven(spec)
    cluster.start()
    expect(cluster.settle()).toBe('a')
    cluster.run(3000)
    const coordinator = cluster.coordinator() ?? ''
    // d hears the holder, but not yet the entry that makes it a voter.
    cluster.cut(`${coordinator}>d`)
    expect(configure(cluster, withVoters(spec, 'abcd'))).toBeNull()
    const appends = cluster.sent.filter(({ to, message }) => to === 'd' && message.type === 'append').map(({ message }) => message)
    const beat = cluster.node('a').lastBeat()
    cluster.node('d').hear(JSON.parse(JSON.stringify({ ...beat, sentAt: beat.sentAt + 0.5, voters: ['a', 'b', 'c', 'd'] })) as Message)
    for (const append of appends.slice(-1)) cluster.node('d').hear(append)
    expect(cluster.node('d').status().voters).toEqual(['a', 'b', 'c', 'd'])
    cluster.node('d').tell({ type: 'storage', failing: null })
    const echo = cluster
      .node('d')
      .lastBeat()
      .echoes.find(({ node }) => node === 'a')
    expect(echo?.sentAt).toBe(beat.sentAt + 0.5)
    expect(echo?.denied).toEqual(['g'])
  })
})

describe('a voter that does not know of a longer lease', () => {
  it('denies it, because a restart would make it wait too short', () => {
    const spec = specOf('abc')
    const cluster = new HandDriven(spec)
    cluster.start()
    cluster.settle()
    const { beat, voter } = { beat: cluster.node('a').lastBeat(), voter: cluster.node('c') }
    voter.hear({ ...beat, sentAt: beat.sentAt + 0.5, leaseMs: 5000 })
    voter.tell({ type: 'storage', failing: null })
    expect(voter.lastBeat().echoes.find(({ node }) => node === 'a')?.denied).toEqual(['g'])
  })

  it('promises it as soon as it has applied the configuration that says so', () => {
    const spec = specOf('abc')
    const cluster = new HandDriven(spec)
    cluster.start()
    cluster.settle()
    expect(configure(cluster, { ...spec, timing: { ...spec.timing, leaseMs: 5000 } })).toBeNull()
    cluster.run(500)
    expect(cluster.serving()).toBe('a')
    expect(cluster.node('a').leaseUntil('g') - cluster.now).toBeGreaterThan(4500)
  })
})

describe('a voter whose removal is taken back', () => {
  it('keeps its promise against an entry in the same message that cuts its removal off', () => {
    const spec = specOf('abc')
    const cluster = new HandDriven(spec)
    cluster.start()
    expect(cluster.settle()).toBe('a')
    const c = cluster.node('c')
    const { term, commit, lastIndex } = c.status()
    const append = (from: string, inTerm: number, entries: readonly Entry[]): Append => ({
      type: 'append',
      from,
      to: 'c',
      incarnation: { dataId: `data-${from}`, generation: 1 },
      term: inTerm,
      prevIndex: lastIndex,
      prevTerm: term,
      entries,
      commit,
    })
    c.hear(
      append(cluster.coordinator() ?? '', term, [{ index: lastIndex + 1, term, body: { type: 'cluster', spec: withVoters(spec, 'ab') } }]),
    )
    expect(c.status().voters).toEqual(['a', 'b'])
    c.hear(
      append('b', term + 1, [
        { index: lastIndex + 1, term: term + 1, body: { type: 'noop' } },
        { index: lastIndex + 2, term: term + 1, body: { type: 'assign', group: 'g', node: 'b', cause: 'a test' } },
      ]),
    )
    expect(c.status().voters).toEqual(['a', 'b', 'c'])
    expect(c.status().lastIndex).toBe(lastIndex + 1)
  })
})

describe('a word of release', () => {
  it('waits while an older epoch of the same group is still being taken down', () => {
    const cluster = new HandDriven(specOf('abc'))
    cluster.start()
    expect(cluster.settle()).toBe('a')
    const a = cluster.node('a')
    const old = a.servedEpoch('g') ?? 0
    a.runs = false
    a.tell({ type: 'fitness', group: 'g', fitness: { level: 'unfit', reasons: ['a test'] } })
    cluster.deliver()
    cluster.isolate('a')
    // The others give it to b and back again; a hears of both at once.
    cluster.until(() => cluster.serving() === 'b')
    const { term, lastIndex } = a.status()
    const b = cluster.node('b').status()
    const entries = cluster.node('b').disk.entries.slice(lastIndex - cluster.node('b').disk.snapshot.index)
    const back: Entry = { index: b.lastIndex + 1, term: b.term, body: { type: 'assign', group: 'g', node: 'a', cause: 'a test' } }
    const from = cluster.coordinator() === 'a' ? 'b' : (cluster.coordinator() ?? 'b')
    a.hear({
      type: 'append',
      from,
      to: 'a',
      incarnation: { dataId: `data-${from}`, generation: 1 },
      term: b.term,
      prevIndex: lastIndex,
      prevTerm: cluster.node('a').disk.termAt(lastIndex) ?? term,
      entries: [...entries, back],
      commit: back.index,
    })
    expect(a.status().groups[0]).toMatchObject({ holder: 'a', epoch: back.index })
    a.tell({ type: 'release-all' })
    expect(a.lastBeat().released).toEqual([])
    a.tell({ type: 'wake' })
    a.released('g', old)
    expect(a.lastBeat().released).toEqual([
      { group: 'g', epoch: old },
      { group: 'g', epoch: back.index },
    ])
  })
})

describe('release-all', () => {
  it('gives up everything now and takes nothing that is assigned afterwards', () => {
    const cluster = new HandDriven(specOf('abc'))
    cluster.start()
    cluster.settle()
    const from = cluster.coordinator() ?? ''
    const other = cluster.node(from === 'b' ? 'c' : 'b')
    other.tell({ type: 'release-all' })
    const { term, lastIndex } = other.status()
    // Assigned before the coordinator heard of it.
    const entry: Entry = { index: lastIndex + 1, term, body: { type: 'assign', group: 'g', node: other.id, cause: 'in flight' } }
    cluster.run(0)
    other.hear({
      type: 'append',
      from,
      to: other.id,
      incarnation: { dataId: `data-${from}`, generation: 1 },
      term,
      prevIndex: lastIndex,
      prevTerm: other.disk.termAt(lastIndex) ?? term,
      entries: [entry],
      commit: entry.index,
    })
    // The promise to the present holder keeps the entry out until it lets go.
    cluster.node('a').tell({ type: 'release-all' })
    cluster.flying = []
    other.hear({ ...cluster.node('a').lastBeat(), coordinator: from, term })
    expect(other.status().lastIndex).toBe(entry.index)
    other.hear({
      type: 'append',
      from,
      to: other.id,
      incarnation: { dataId: `data-${from}`, generation: 1 },
      term,
      prevIndex: entry.index,
      prevTerm: term,
      entries: [],
      commit: entry.index,
    })
    expect(other.status().groups[0]).toMatchObject({ holder: other.id, epoch: entry.index })
    expect(other.lastBeat().holds).toEqual([])
    expect(other.lastBeat().released).toEqual([{ group: 'g', epoch: entry.index }])
  })

  it('moves the groups to somebody else', () => {
    const cluster = new HandDriven(specOf('abc'))
    cluster.start()
    expect(cluster.settle()).toBe('a')
    cluster.node('a').tell({ type: 'release-all' })
    cluster.run(20)
    expect(cluster.serving()).toBe('b')
  })
})

describe('a restarted node', () => {
  it('serves nothing under an epoch of its earlier life, and says released only once its leftovers are down', () => {
    const cluster = new HandDriven(specOf('abc'))
    cluster.start()
    expect(cluster.settle()).toBe('a')
    const old = cluster.node('a').servedEpoch('g') ?? 0
    const a = cluster.node('a')
    a.crash()
    cluster.run(50)
    a.start({ swept: false })
    a.tell({ type: 'fitness', group: 'g', fitness: FIT })
    cluster.run(300)
    const said = (): Beat => a.lastBeat()
    expect(said().holds).toEqual([])
    expect(said().released).toEqual([])
    a.tell({ type: 'swept' })
    expect(said().released).toEqual([{ group: 'g', epoch: old }])
    cluster.until(() => cluster.serving() !== '')
    expect(cluster.serving()).toBe('a')
    expect(a.servedEpoch('g')).toBeGreaterThan(old)
  })
})
