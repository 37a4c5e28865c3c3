import { beforeAll, describe, expect, it } from 'vitest'
import { allMutants } from './all-mutants.ts'
import { lineOf } from './judge-mutants.ts'
import { tryEdits, tryMutants } from './try-mutants.ts'
import type { Verdict } from './try-mutants.ts'

const order = { stories: true, seeds: 60, from: 1 }
/** The machine's other core is left to the other worlds. */
const JOBS = 2

describe('the simulator', () => {
  let verdicts: readonly Verdict[] = []
  beforeAll(async () => {
    verdicts = await tryMutants(allMutants, order, JOBS)
  }, 290_000)

  it('convicts no copy of the sources that was not changed', async () => {
    expect(await tryEdits([], order)).toMatchObject({ type: 'survived', untold: [] })
  })

  it.each(allMutants.map(({ name, what }) => [name, what] as const))('convicts %s: %s', (name) => {
    const verdict = verdicts.find(({ mutant }) => mutant.name === name)
    expect(verdict?.outcome.type, verdict && lineOf(verdict)).toBe('convicted')
  })
})
