import { describe, expect, it } from 'vitest'
import { HandDriven, specOf } from '../testing/hand-driven/cluster.ts'

describe('a coordinator', () => {
  it('binds no data folder of a node whose leaving is in its log, or the node could never come back with an empty one', () => {
    const spec = specOf('abc', { outsiders: 'd' })
    const cluster = new HandDriven(spec)
    cluster.start('a')
    cluster.run(50)
    cluster.start('bcd')
    cluster.settle()
    const coordinator = cluster.node(cluster.coordinator() ?? '')
    for (const voter of 'abc') if (voter !== coordinator.id) cluster.cut(`${coordinator.id}>${voter}`)
    coordinator.tell({ type: 'configure', id: 'leave', spec: { ...spec, nodes: spec.nodes.filter(({ id }) => id !== 'd') } })
    cluster.node('d').crash()
    cluster.node('d').start()
    cluster.run(300)
    const { entries } = coordinator.disk
    const leaving = entries.findLastIndex(({ body }) => body.type === 'cluster')
    expect(entries[leaving]?.body).toMatchObject({ spec: { nodes: [{ id: 'a' }, { id: 'b' }, { id: 'c' }] } })
    expect(coordinator.status().commit).toBeLessThan(entries[leaving]?.index ?? 0)
    expect(entries.slice(leaving + 1).filter(({ body }) => body.type === 'bind')).toEqual([])
  })
})
