import { describe, expect, it } from 'vitest'
import type { ClusterSpec, NodeId } from '../model/index.ts'
import { HandDriven, specOf } from '../testing/hand-driven/cluster.ts'
import { PATIENCE_LEASES } from './awaited-positions.ts'

function byData(spec: ClusterSpec): ClusterSpec {
  return { ...spec, groups: spec.groups.map((group) => ({ ...group, placement: { prefer: 'current' } })) }
}

/** a holds the group, d coordinates and may hold nothing. */
function settled(): HandDriven {
  const cluster = new HandDriven(byData(specOf('dabce', { holders: 'abc' })))
  cluster.start()
  for (const node of ['a', 'b', 'c']) tell(cluster, node, '0')
  cluster.until(() => cluster.coordinator() !== undefined)
  for (let turn = 0; cluster.serving() !== 'a' && turn < 100; turn += 1) {
    cluster.run(100)
    for (const node of ['a', 'b', 'c']) tell(cluster, node, '0')
  }
  expect(cluster.serving()).toBe('a')
  cluster.run(500)
  return cluster
}

const tell = (cluster: HandDriven, node: NodeId, position: string): void => {
  cluster.node(node).tell({ type: 'position', group: 'g', told: { position, at: cluster.now } })
}

describe('how far the data of nodes is', () => {
  it('costs no message, no entry and no move while nothing is to be decided', () => {
    const quiet = settled()
    const busy = settled()
    const count = (cluster: HandDriven): readonly unknown[] => [
      cluster.sent.length,
      cluster.node('b').status().lastIndex,
      cluster.serving(),
    ]
    const [before, begin] = [count(quiet), count(busy)]
    expect(begin).toEqual(before)
    for (let turn = 1; turn <= 100; turn += 1) {
      for (const node of ['b', 'c']) tell(busy, node, String(turn * (node === 'b' ? 2 : 1)))
      for (const cluster of [quiet, busy]) cluster.run(50)
    }
    expect(count(busy)).toEqual(count(quiet))
    expect(
      busy
        .node('a')
        .status()
        .groups[0]?.candidates.map(({ position }) => position),
    ).toEqual(['0', '200', '100'])
  })

  it('decides who follows a holder that died, by what was found out after nobody could write any more', () => {
    const cluster = settled()
    tell(cluster, 'b', '9')
    tell(cluster, 'c', '8')
    cluster.run(300)
    cluster.node('a').crash()
    // b said 9 first; c was ahead when the holder died.
    cluster.run(3000)
    expect(cluster.serving()).toBe('')
    tell(cluster, 'b', '10')
    tell(cluster, 'c', '12')
    expect(cluster.until(() => cluster.serving() !== '')).toBeLessThan(500)
    expect(cluster.serving()).toBe('c')
    expect(cluster.node('b').events('assigned').at(-1)).toMatchObject({ cause: 'a is not heard; c has the most current data' })
  })

  it('is waited for only so long: then what is known must do', () => {
    const cluster = settled()
    tell(cluster, 'b', '9')
    tell(cluster, 'c', '8')
    cluster.run(300)
    cluster.node('a').crash()
    const tookMs = cluster.until(() => cluster.serving() !== '')
    expect(cluster.serving()).toBe('b')
    expect(tookMs).toBeGreaterThan(PATIENCE_LEASES * 1000)
  })

  it('is not waited for from a node that could not take the group', () => {
    const cluster = settled()
    cluster.node('b').tell({ type: 'fitness', group: 'g', fitness: { level: 'unfit', reasons: ['a test'] } })
    cluster.node('a').crash()
    cluster.run(2500)
    tell(cluster, 'c', '8')
    expect(cluster.until(() => cluster.serving() === 'c')).toBeLessThan(500)
  })
})
