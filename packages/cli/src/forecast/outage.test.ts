import { describe, expect, it } from 'vitest'
import { CommandError } from '../failure.ts'
import { clusterAnswer } from '../testing/answers.ts'
import { outageOf } from './outage.ts'

const { cluster } = clusterAnswer()

function refusal(...words: readonly string[]): { message: string; fix: string | null; exitCode: number } {
  try {
    outageOf(words, cluster)
  } catch (error) {
    if (error instanceof CommandError) return error.failure
    throw error
  }
  throw new Error('it was taken')
}

describe('what is to fail', () => {
  it.each([
    ['a node', ['a'], { nodes: ['a'], links: [] }],
    ['all nodes of a site', ['paris'], { nodes: ['a', 'b'], links: [] }],
    ['several things at once, each counted once', ['paris', 'a', 'w'], { nodes: ['a', 'b', 'w'], links: [] }],
    ['the link of two nodes', ['a:w'], { nodes: [], links: [['a', 'w']] }],
    [
      'every link between two sites',
      ['paris:office'],
      {
        nodes: [],
        links: [
          ['a', 'w'],
          ['b', 'w'],
        ],
      },
    ],
  ])('may be %s', (_title, words, outage) => {
    expect(outageOf(words, cluster)).toEqual(outage)
  })

  it('is refused with the names that there are when it is nothing of the cluster', () => {
    expect(refusal('lyon')).toMatchObject({
      exitCode: 2,
      message: 'the cluster has no node and no site lyon',
      fix: 'write one of a, b, w, or a site: paris, office',
    })
  })

  it('is refused when a link has one end, or three', () => {
    expect(refusal('a:a').message).toContain('both ends are the same node')
    expect(refusal('a:b:w').fix).toContain('write a link as')
  })

  it('is refused when a name is that of a node and of another site', () => {
    const nodes = cluster.nodes.map((node) => (node.id === 'w' ? { ...node, id: 'paris' } : node))
    expect(() => outageOf(['paris'], { ...cluster, nodes })).toThrow('paris is a node and a site')
  })
})
