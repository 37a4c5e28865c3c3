import { describe, expect, it } from 'vitest'
import { statusAnswer } from '../testing/answers.ts'
import { takersOf } from './takers.ts'

const fit = { level: 'fit', reasons: [] } as const
const { engine } = statusAnswer()
const groups = engine.groups.map((group) => ({ ...group, candidates: group.candidates.map(({ node }) => ({ node, fitness: fit })) }))
const nodes = engine.nodes.map((node) => ({ ...node, heardAgoMs: 0 }))
const but = (id: string, change: object) => nodes.map((node) => (node.id === id ? { ...node, ...change } : node))

describe('who could take a group over', () => {
  it('is every fit node but its holder', () => {
    expect(takersOf({ ...engine, groups, nodes }, 900)).toEqual({ web: ['b'] })
    expect(takersOf({ ...engine, groups: groups.map((group) => ({ ...group, holder: null })), nodes }, 900)).toEqual({ web: ['a', 'b'] })
  })

  it.each([
    ['is not heard any more', { heardAgoMs: 901 }],
    ['was never heard', { heardAgoMs: null }],
    ['is leaving', { leaving: true }],
  ])('is no node that %s', (_, change) => {
    expect(takersOf({ ...engine, groups, nodes: but('b', change) }, 900)).toEqual({ web: [] })
  })

  it('is no node that is unfit for it, and nobody without a quorum', () => {
    expect(takersOf({ ...engine, nodes }, 900)).toEqual({ web: [] })
    expect(takersOf({ ...engine, groups, nodes, quorum: false }, 900)).toEqual({ web: [] })
  })
})
