import { describe, expect, it } from 'vitest'
import type { Beat } from '../model/index.ts'
import { HandDriven, sampleNote, settledCluster, specOf } from '../testing/hand-driven/cluster.ts'
import { Haste } from './haste.ts'
import { AT_ONCE, AT_ONCE_WHERE_LATE } from './wave.ts'

const GROUPS = Array.from({ length: 30 }, (_, index) => `g${index}`)

/** A node without which all others still decide holds all groups, and is lost. Returns how many messages there were before. */
function loseHolder(cluster: HandDriven): number {
  const holder = [...cluster.nodes.values()].find(({ id }) => id === cluster.node('a').status().groups[0]?.holder)
  const sent = cluster.sent.length
  holder?.crash()
  cluster.run(2000)
  return sent
}

describe('very many groups that move at once', () => {
  it('are given away by few messages, and few writes', () => {
    const cluster = settledCluster(specOf('abc', { groups: GROUPS }))
    const sent = loseHolder(cluster)
    const moves = cluster.sent
      .slice(sent)
      .flatMap(({ message }) => (message.type === 'append' ? [message.entries.filter(({ body }) => body.type === 'assign').length] : []))
    expect(Math.max(...moves)).toBe(GROUPS.length)
    expect(moves.filter((assigned) => assigned > 0).length).toBeLessThan(10)
  })

  it('are all served again, told of by beats that come no faster than a few in a period', () => {
    const cluster = settledCluster(specOf('abc', { groups: GROUPS }))
    const sent = loseHolder(cluster)
    const [alive] = [...cluster.nodes.values()].filter(({ isUp }) => isUp)
    expect(alive?.status().groups.every(({ state }) => state === 'active')).toBe(true)
    const beats = cluster.sent.slice(sent).filter(({ message }) => message.type === 'beat')
    // Without a pace they are 37 of each node in these 20 periods; each goes to the two others.
    expect(beats.length / 2 / 2).toBeLessThan(32)
  })
})

describe('more groups than a wave', () => {
  const MANY = Array.from({ length: 2 * AT_ONCE + 10 }, (_, index) => `g${index}`)
  const startedWith = (prepare: (cluster: HandDriven) => void = () => undefined): HandDriven => {
    const cluster = new HandDriven(specOf('abc', { groups: MANY }))
    prepare(cluster)
    cluster.start()
    return cluster
  }
  const heldBy = (cluster: HandDriven, node: string): number =>
    cluster
      .node('a')
      .status()
      .groups.filter(({ holder }) => holder === node).length
  const activeIn = (cluster: HandDriven): number =>
    cluster
      .node('b')
      .status()
      .groups.filter(({ state, holder }) => state === 'active' && holder !== null).length
  /** The most that is ever seen, looked at every few milliseconds. */
  const mostWithin = (cluster: HandDriven, ms: number, look: () => number): number => {
    let most = 0
    for (let passed = 0; passed < ms; passed += 5) {
      cluster.run(5)
      most = Math.max(most, look())
    }
    return most
  }

  it('are given away wave after wave, and all are served', () => {
    const cluster = startedWith()
    const given = (): number => Object.keys(cluster.node('b').state().assignments).length
    expect(mostWithin(cluster, 3000, () => given() - activeIn(cluster))).toBeLessThanOrEqual(AT_ONCE)
    expect(activeIn(cluster)).toBe(MANY.length)
  })

  it('are given away in small waves where a node was late', () => {
    const cluster = startedWith()
    cluster.node('c').tell({ type: 'lateness', latenessMs: 101 })
    const given = (): number => Object.keys(cluster.node('b').state().assignments).length
    expect(mostWithin(cluster, 1500, () => given() - activeIn(cluster))).toBeLessThanOrEqual(AT_ONCE_WHERE_LATE)
    expect(given()).toBeGreaterThan(2 * AT_ONCE_WHERE_LATE)
  })

  it('do not wait for those that have not come up within a lease', () => {
    const cluster = startedWith(({ nodes }) => nodes.forEach((node) => (node.runs = false)))
    cluster.until(() => heldBy(cluster, 'a') >= AT_ONCE, 'the first wave')
    expect(heldBy(cluster, 'a')).toBe(AT_ONCE)
    cluster.run(3500)
    expect(heldBy(cluster, 'a')).toBe(MANY.length)
  })

  it('are asked back from a holder that could go on in smaller waves', () => {
    const cluster = startedWith()
    cluster.run(4000)
    cluster.ask('a', { type: 'maintain', order: { action: 'drain', nodes: ['a'] }, force: false, note: sampleNote })
    const most = mostWithin(cluster, 3000, () => MANY.length - activeIn(cluster))
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThanOrEqual(AT_ONCE / 4)
    expect(heldBy(cluster, 'a')).toBe(0)
  })

  it('do not keep waiting what its holder does not serve well, and whom an operator moves', () => {
    const cluster = startedWith()
    cluster.run(4000)
    const coordinator = cluster.coordinator() ?? ''
    const asked = (): ReadonlySet<string> =>
      new Set(
        cluster.sent.flatMap(({ message }) =>
          message.type === 'beat' && message.from === coordinator ? message.asks.map(({ group }) => group) : [],
        ),
      )
    // Nothing that is asked for is let go, so the first wave keeps its places for a lease.
    for (const node of cluster.nodes.values()) node.runs = false
    cluster.ask('a', { type: 'maintain', order: { action: 'drain', nodes: ['a'] }, force: false, note: sampleNote })
    expect(asked().size).toBe(AT_ONCE / 4)
    const [failing = '', wanted = ''] = MANY.filter((group) => !asked().has(group)).slice(-2)
    cluster.node('a').tell({ type: 'fitness', group: failing, fitness: { level: 'unfit', reasons: ['a test'] } })
    cluster.node(coordinator).tell({ type: 'request', id: 'r', request: { type: 'switchover', group: wanted, to: 'c' } })
    cluster.run(250)
    expect([...asked()].slice(AT_ONCE / 4).toSorted()).toEqual([failing, wanted].toSorted())
  })
})

describe('one move in a cluster of very many groups', () => {
  it('waits for no beat that is due anyway, however often beats were out of turn long ago', () => {
    const groups = Array.from({ length: 1000 }, (_, index) => `g${index}`)
    const cluster = new HandDriven(specOf('abc', { groups }))
    cluster.flightMs = 1
    cluster.start()
    cluster.until(() => groups.every((group) => cluster.serving(group) !== ''), 'a settled cluster')
    cluster.run(5000)
    const holder = cluster.serving('g7')
    const to = [...cluster.nodes.keys()].find((node) => node !== holder && node !== cluster.coordinator()) ?? ''
    cluster.switchover(to, 'g7')
    let unservedMs = 0
    cluster.until(() => {
      if (cluster.serving('g7') === '') unservedMs += 1
      return cluster.serving('g7') === to
    }, 'the move')
    expect(unservedMs).toBeLessThan(20)
  })
})

describe('what changes nothing but what the next beat tells', () => {
  it('is told by a beat soon where there is little of it', () => {
    const cluster = settledCluster(specOf('abc'))
    const sent = cluster.sent.length
    cluster.node('c').tell({ type: 'fitness', group: 'g', fitness: { level: 'unfit', reasons: ['a test'] } })
    expect(cluster.sent.slice(sent).some(({ message }) => message.type === 'beat' && message.from === 'c')).toBe(true)
  })

  it('waits for that beat where there is very much of it, and is in it', () => {
    const cluster = settledCluster(specOf('abc', { groups: GROUPS }))
    const sent = cluster.sent.length
    const fitness = { level: 'unfit', reasons: ['a test'] } as const
    for (const group of GROUPS) cluster.node('c').tell({ type: 'fitness', group, fitness })
    const beats = (): Beat[] =>
      cluster.sent.slice(sent).flatMap(({ message }) => (message.type === 'beat' && message.from === 'c' ? [message] : []))
    expect(beats().length).toBeLessThan(2 * GROUPS.length - 20)
    cluster.run(100)
    expect(Object.values(beats().at(-1)?.report.fitness ?? {}).every(({ level }) => level === 'unfit')).toBe(true)
  })
})

describe('what is done in haste', () => {
  it('is done at once some times, and then at a pace', () => {
    const haste = new Haste()
    let done = 0
    while (haste.nextAt(250) <= 1000 && done < 1000) {
      haste.spend(1000, 25)
      done += 1
    }
    expect(done).toBeGreaterThanOrEqual(10)
    expect(done).toBeLessThan(20)
    expect(haste.nextAt(250)).toBeLessThanOrEqual(1025)
    expect(haste.nextAt(250)).toBeGreaterThan(1000)
  })

  it('may be done at once again after a while', () => {
    const haste = new Haste()
    for (let time = 0; time < 50; time += 1) haste.spend(1000, 25)
    haste.spend(10_000, 25)
    expect(haste.nextAt(250)).toBeLessThan(10_000)
  })
})
