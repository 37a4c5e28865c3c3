import { describe, expect, it } from 'vitest'
import { settledCluster, specOf } from '../testing/hand-driven/cluster.ts'
import type { HandDriven } from '../testing/hand-driven/cluster.ts'
import { Haste } from './haste.ts'

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

describe('what is done in haste', () => {
  it('is done at once some times, and then at a pace', () => {
    const haste = new Haste()
    let done = 0
    while (haste.nextAt(100) <= 1000 && done < 1000) {
      haste.spend(1000, 100)
      done += 1
    }
    expect(done).toBeGreaterThanOrEqual(10)
    expect(done).toBeLessThan(20)
    expect(haste.nextAt(100)).toBeLessThanOrEqual(1025)
    expect(haste.nextAt(100)).toBeGreaterThan(1000)
  })

  it('may be done at once again after a while', () => {
    const haste = new Haste()
    for (let time = 0; time < 50; time += 1) haste.spend(1000, 100)
    haste.spend(10_000, 100)
    expect(haste.nextAt(100)).toBeLessThan(10_000)
  })
})
