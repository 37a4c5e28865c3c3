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

  it('binds no folder of a node that it heard long ago, as the member of a configuration that was never committed', () => {
    const full = specOf('abc', { outsiders: 'd' })
    const cluster = new HandDriven(specOf('abc'), 'abc')
    cluster.start()
    cluster.settle()
    const first = cluster.coordinator() ?? ''
    const others = ['a', 'b', 'c'].filter((id) => id !== first)
    const former = cluster.add('d', full)
    for (const other of others) cluster.cut(`${first}>${other}`)
    cluster.node(first).tell({ type: 'configure', id: 'join', spec: full })
    former.start()
    cluster.run(300)
    former.crash()
    cluster.isolate(first)
    cluster.until(() => cluster.coordinator() !== first, 'another coordinator')
    cluster.run(2000)
    cluster.mend()
    cluster.run(1000)
    for (let turn = 0; turn < 10 && cluster.coordinator() !== first; turn += 1) {
      cluster.node(cluster.coordinator() ?? '').tell({ type: 'step-aside' })
      cluster.run(1000)
    }
    expect(cluster.coordinator()).toBe(first)
    cluster.run(3000)
    cluster.node(first).tell({ type: 'configure', id: 'again', spec: full })
    cluster.run(500)
    const bound = cluster.node(first).disk.entries.flatMap(({ body }) => (body.type === 'bind' ? [body.node] : []))
    expect(
      cluster
        .node(first)
        .state()
        .spec.nodes.map(({ id }) => id),
    ).toContain('d')
    expect(bound).not.toContain('d')
  })
})
