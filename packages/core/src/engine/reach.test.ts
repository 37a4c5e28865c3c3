import { describe, expect, it } from 'vitest'
import { settledCluster } from '../testing/hand-driven/cluster.ts'
import type { HandDriven } from '../testing/hand-driven/cluster.ts'

const epochOf = (cluster: HandDriven): number => cluster.node('a').status().groups[0]?.epoch ?? 0
const complain = (cluster: HandDriven, node: string, epoch: number | null): void => {
  cluster.node(node).tell({ type: 'unreached', group: 'g', epoch })
}
const ownFitness = (cluster: HandDriven) => cluster.node('a').lastBeat().report.fitness['g']

describe('a holder that cannot be reached through its VIP', () => {
  it('gives the group up when all that could serve it instead say so, and says why', () => {
    const cluster = settledCluster()
    expect(cluster.serving()).toBe('a')
    complain(cluster, 'b', epochOf(cluster))
    cluster.run(2000)
    expect([cluster.serving(), ownFitness(cluster)]).toEqual(['a', { level: 'fit', reasons: [] }])
    complain(cluster, 'c', epochOf(cluster))
    cluster.until(() => cluster.serving() === 'b')
    expect(cluster.node('a').events('assigned').at(-1)).toMatchObject({
      cause: expect.stringContaining('b and c cannot reach it through the VIP'),
    })
    cluster.run(300)
    expect(ownFitness(cluster)).toEqual({ level: 'fit', reasons: [] })
  })

  it('keeps it when they take that back, or speak of an assignment of before', () => {
    const cluster = settledCluster()
    for (const node of ['b', 'c']) complain(cluster, node, epochOf(cluster) - 1)
    cluster.run(2000)
    expect(cluster.node('b').lastBeat().report.unreached).toHaveLength(1)
    for (const node of ['b', 'c']) complain(cluster, node, null)
    cluster.run(2000)
    expect(cluster.node('b').lastBeat().report).not.toHaveProperty('unreached')
    expect(cluster.serving()).toBe('a')
  })

  it('does not count those that it does not hear, and needs one at least', () => {
    const cluster = settledCluster()
    cluster.isolate('c')
    cluster.run(2000)
    expect(cluster.serving()).toBe('a')
    complain(cluster, 'b', epochOf(cluster))
    cluster.until(() => cluster.serving() === 'b')
  })
})
