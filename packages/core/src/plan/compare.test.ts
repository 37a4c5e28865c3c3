import { describe, expect, it } from 'vitest'
import type { ClusterSpec } from '../model/index.ts'
import { specOf } from '../testing/hand-driven/cluster.ts'
import { compareSpecs, summaryOf } from './compare.ts'

const plain = specOf('abc')
const withEndpoint = (options: Record<string, unknown>): ClusterSpec => ({
  ...plain,
  groups: plain.groups.map((group) => ({ ...group, endpoints: [{ id: 'arp-1', backend: 'arp', options }] })),
})

describe('the differences of two configurations', () => {
  it('are none where only the order of keys differs', () => {
    expect(compareSpecs(withEndpoint({ a: 1, b: 2 }), withEndpoint({ b: 2, a: 1 }))).toEqual([])
  })

  it('are told by the names of nodes, groups and endpoints', () => {
    const after = { ...withEndpoint({ ttl: 5 }), timing: { ...plain.timing, leaseMs: 2000 } }
    expect(compareSpecs(withEndpoint({ ttl: 4 }), after)).toEqual([
      { path: 'timing.leaseMs', kind: 'changed', before: 1000, after: 2000 },
      { path: 'groups.g.endpoints.arp-1.options.ttl', kind: 'changed', before: 4, after: 5 },
    ])
    expect(compareSpecs(plain, specOf('abcd')).map(({ path, kind }) => [path, kind])).toEqual([
      ['nodes.d', 'added'],
      ['groups.g.nodes', 'changed'],
    ])
    expect(compareSpecs(specOf('abc', { groups: ['g', 'h'] }), plain)).toMatchObject([{ path: 'groups.h', kind: 'removed' }])
  })

  it('include another order of what has names, and nothing else for it', () => {
    const [a, b, c] = plain.nodes
    if (a === undefined || b === undefined || c === undefined) throw new Error('three nodes')
    expect(compareSpecs(plain, { ...plain, nodes: [b, a, c] })).toEqual([
      { path: 'nodes (order)', kind: 'changed', before: ['a', 'b', 'c'], after: ['b', 'a', 'c'] },
    ])
  })

  it('are summed up in a line', () => {
    expect(summaryOf([])).toBe('no change')
    const many = compareSpecs(plain, specOf('abcdefg'))
    expect(summaryOf(many)).toBe('nodes.d added, nodes.e added, nodes.f added and 2 more')
  })
})
