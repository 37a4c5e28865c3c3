import { describe, expect, it } from 'vitest'
import type { VoteRequest } from '../model/index.ts'
import { HandDriven, specOf } from '../testing/hand-driven/cluster.ts'
import { SeededRandom } from '../testing/sim/random.ts'

function settled(): HandDriven {
  const cluster = new HandDriven(specOf('abc'))
  cluster.start()
  cluster.settle()
  return cluster
}
const request = (cluster: HandDriven, more: Partial<VoteRequest>): VoteRequest => {
  const { term, lastIndex } = cluster.node('b').status()
  return {
    type: 'vote-request',
    from: 'b',
    incarnation: { dataId: 'data-b', generation: 1 },
    to: 'c',
    term: term + 1,
    lastIndex,
    lastTerm: term,
    pre: false,
    transfer: true,
    ...more,
  }
}
const answers = (cluster: HandDriven): unknown[] =>
  cluster
    .node('c')
    .of('send')
    .flatMap(({ message }) => (message.type === 'vote-answer' ? [[message.term, message.granted]] : []))
    .slice(-1)

describe('an election', () => {
  it('disturbs nothing when a node that was cut off comes back', () => {
    const cluster = settled()
    const term = cluster.node('a').status().term
    cluster.isolate('c')
    cluster.run(5000)
    cluster.mend()
    cluster.run(1000)
    expect(['a', 'b', 'c'].map((id) => cluster.node(id).status().term)).toEqual([term, term, term])
    expect(cluster.serving()).toBe('a')
  })
  it('changes no lease: the holder serves on while coordination moves', () => {
    const cluster = settled()
    cluster.switchover('b')
    cluster.run(200)
    expect(cluster.coordinator()).toBe('a')
    cluster.node('a').crash()
    for (let ms = 0; ms < 2500; ms += 1) {
      cluster.run(1)
      expect(cluster.serving()).toBe('b')
    }
    expect(cluster.coordinator()).not.toBe('a')
  })
  it('refuses a vote to a log that is behind, and a question about it changes no term', () => {
    const cluster = settled()
    const { term } = cluster.node('c').status()
    cluster.node('c').hear(request(cluster, { pre: true, lastIndex: 1 }))
    expect(answers(cluster)).toEqual([[term, false]])
    cluster.node('c').hear(request(cluster, { lastIndex: 1 }))
    expect(answers(cluster)).toEqual([[term + 1, false]])
  })
  it('gives one vote a term, says it only once it is on disk, and keeps it over a restart', () => {
    const cluster = settled()
    const c = cluster.node('c')
    c.hangs = true
    const { term } = c.status()
    c.hear(request(cluster, {}))
    expect(answers(cluster)).not.toEqual([[term + 1, true]])
    c.hangs = false
    c.flush()
    expect(answers(cluster)).toEqual([[term + 1, true]])
    c.start()
    cluster.flying = []
    c.hear({ ...request(cluster, { term: term + 1, from: 'a', incarnation: { dataId: 'data-a', generation: 1 } }) })
    expect(answers(cluster)).toEqual([[term + 1, false]])
  })
  it('makes a coordinator that hears no quorum step down', () => {
    const cluster = settled()
    const coordinator = cluster.node(cluster.coordinator() ?? '')
    cluster.isolate(coordinator.id)
    cluster.run(1000)
    expect(coordinator.status().role).toBe('follower')
  })

  it('ends soon also between two voters so far apart that what they draw first is less than a flight of a message', () => {
    const timing = { heartbeatMs: 25, leaseMs: 250, electionMs: 225 }
    const neededMs = Array.from({ length: 100 }, (_, seed) => {
      const cluster = new HandDriven(specOf('abc', { timing }))
      const random = new SeededRandom(seed)
      for (const node of cluster.nodes.values()) node.random = () => random.next()
      cluster.flightMs = 30
      cluster.start('ab')
      return cluster.until(() => cluster.coordinator() !== undefined, 'a coordinator')
    })
    expect(Math.max(...neededMs)).toBeLessThan(10 * timing.electionMs)
  })

  it('founds no second cluster out of a node that is to join and a founder that has missed everything', () => {
    const cluster = new HandDriven(specOf('abc'))
    cluster.start('ab')
    cluster.until(() => cluster.coordinator() !== undefined)
    cluster.isolate('a')
    cluster.isolate('b')
    cluster.add('d', specOf('acd'))
    cluster.start('cd')
    cluster.run(10_000)
    expect(cluster.node('c').status().role).not.toBe('coordinator')
    expect(cluster.node('d').status().role).not.toBe('coordinator')
  })

  it('that comes to nothing because of different configurations at the first start is explained once', () => {
    const cluster = new HandDriven(specOf('ab'))
    cluster.add('c', specOf('abc'))
    cluster.start('bc')
    cluster.run(10_000)
    expect(cluster.coordinator()).toBeUndefined()
    const said = cluster.node('b').events('refused')
    expect(said.filter(({ why }) => why.includes('compare their cluster.yaml')).map(({ what }) => what)).toEqual(['a vote for c'])
  })
})
