import { describe, expect, it } from 'vitest'
import { votersOf } from '../model/index.ts'
import { specOf } from '../testing/hand-driven/cluster.ts'
import { stepsBetween } from './steps.ts'

const votes = (before: Parameters<typeof specOf>, after: Parameters<typeof specOf>): string[] =>
  stepsBetween(specOf(...before), specOf(...after)).map(({ spec }) => votersOf(spec).join(''))

describe('the way to another configuration', () => {
  it('has no step where nothing changes, and one where no vote does', () => {
    expect(stepsBetween(specOf('abc'), specOf('abc'))).toEqual([])
    const [only, ...rest] = stepsBetween(specOf('abc'), specOf('abc', { groups: ['g', 'h'] }))
    expect(only?.spec).toEqual(specOf('abc', { groups: ['g', 'h'] }))
    expect(rest).toEqual([])
  })

  it('changes one vote at a time, and adds votes before it takes any', () => {
    expect(votes(['abc'], ['abcde'])).toEqual(['abc', 'abcd', 'abcde'])
    expect(votes(['abc'], ['def'])).toEqual(['abc', 'abcd', 'abcde', 'abcdef', 'bcdef', 'cdef', 'def'])
    expect(votes(['abcde'], ['abc', { outsiders: 'de' }])).toEqual(['abce', 'abc'])
  })

  it('makes new nodes members before their vote counts, and keeps who leaves a member while its vote does', () => {
    const steps = stepsBetween(specOf('abc'), specOf('abd'))
    expect(steps.map(({ spec }) => spec.nodes.map(({ id }) => id).join(''))).toEqual(['abdc', 'abdc', 'abd'])
    expect(steps[0]?.spec.groups).toEqual(specOf('abd').groups)
  })

  it.each([
    ['abc', 'abcde'],
    ['abcde', 'ab'],
    ['abc', 'xyz'],
  ])('ends with what was wanted: from %s to %s', (before, after) => {
    expect(stepsBetween(specOf(before), specOf(after)).at(-1)?.spec).toEqual(specOf(after))
  })
})
