import { describe, expect, it } from 'vitest'
import { HandDriven, specOf } from '../testing/hand-driven/cluster.ts'

describe('a new cluster', () => {
  it('elects a coordinator and gives each group to its first node', () => {
    const cluster = new HandDriven(specOf('abc', { groups: ['g', 'h'] }))
    cluster.start()
    expect(cluster.settle('g')).toBe('a')
    expect(cluster.serving('h')).toBe('a')
    expect(cluster.node('b').events('assigned').map(({ group, node, previous }) => [group, node, previous])).toEqual([['g', 'a', null], ['h', 'a', null]])
  })
})
