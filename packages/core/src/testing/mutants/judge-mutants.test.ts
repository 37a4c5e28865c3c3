import { describe, expect, it } from 'vitest'
import { chanceOf, recordOf } from './judge-mutants.ts'
import type { Convictor, Outcome } from './trial.ts'
import type { Verdict } from './try-mutants.ts'

const verdict = (outcome: Outcome): Verdict => ({
  mutant: { name: 'a-bug', what: 'a mistake', edits: [{ file: 'a.ts', text: 'x', instead: 'y' }] },
  outcome,
  tookMs: 5,
})
const convicted = (by: Convictor): Verdict => verdict({ type: 'convicted', by, rule: 'never two', message: 'a and b', timeline: ['last'] })

describe('a verdict for programs', () => {
  it('names the rule and the world that convicted first, and how many were tried', () => {
    expect(recordOf(convicted({ seed: 9, tried: 7 }))).toEqual({ name: 'a-bug', convictedBy: 'never two', seed: 9, tried: 7, tookMs: 5 })
    expect(recordOf(convicted({ story: 'one is late', tried: 2 }))).toMatchObject({ story: 'one is late', tried: 2 })
  })

  it('names no rule where the planted bug survived, or was nonsense', () => {
    const survived = verdict({ type: 'survived', stories: 3, seeds: 20, untold: ['one is late: too soon'] })
    expect(recordOf(survived)).toMatchObject({ convictedBy: null, tried: 23, untold: ['one is late: too soon'] })
    expect(recordOf(verdict({ type: 'broken', message: 'x is undefined' }))).toMatchObject({ convictedBy: null, broken: 'x is undefined' })
  })
})

describe('the seeds to conviction', () => {
  it('are counted over those that a seed convicted', () => {
    const verdicts = [convicted({ seed: 50, tried: 40 }), convicted({ story: 'one is late', tried: 2 }), convicted({ seed: 11, tried: 1 })]
    expect(chanceOf([...verdicts, convicted({ seed: 13, tried: 3 })])).toBe('by chance 3, seeds to conviction: median 3, most 40')
    expect(chanceOf(verdicts.slice(1, 2))).toBeNull()
  })
})
