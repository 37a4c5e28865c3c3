import { beforeAll, describe, expect, it } from 'vitest'
import { allMutants } from './all-mutants.ts'
import { lineOf } from './judge-mutants.ts'
import { tryEdits, tryMutants } from './try-mutants.ts'
import type { Verdict } from './try-mutants.ts'

const order = { stories: true, seeds: 60, from: 1 }
const JOBS = 2
/** Less than a minute on two free cores; other tests may run beside it. */
const PATIENCE_MS = 600_000

describe('the simulator', () => {
  let verdicts: readonly Verdict[] = []
  beforeAll(async () => {
    verdicts = await tryMutants(allMutants, order, JOBS)
  }, PATIENCE_MS)

  it('convicts no copy of the sources that was not changed', async () => {
    expect(await tryEdits([], order)).toMatchObject({ type: 'survived', untold: [] })
  })

  it.each(allMutants.map(({ name, what }) => [name, what] as const))('convicts %s: %s', (name) => {
    const verdict = verdicts.find(({ mutant }) => mutant.name === name)
    expect(verdict?.outcome.type, verdict && lineOf(verdict)).toBe('convicted')
  })
})
