import { expect, it } from 'vitest'
import { allMutants } from './all-mutants.ts'
import { judgeMutants } from './judge-mutants.ts'

/** So coarse a mistake that some of the first worlds must show it. */
const minority = allMutants.find(({ name }) => name === 'lease-of-a-minority')

it('a planted bug is tried by chance alone where no stories are wanted, and the answer says which seed convicted it', async () => {
  const said: string[] = []
  const judgement = { only: minority ?? null, stories: false, from: 1, seeds: 10, jobs: 1, json: true }
  const isGood = await judgeMutants(judgement, (line) => said.push(line), new AbortController().signal)
  expect(said[0]).toBe('unchanged: 0 stories, 10 seeds, no rule broken')
  const answer = JSON.parse(said.at(-1) ?? '') as object
  expect(answer).toMatchObject({ stories: false, from: 1, seeds: 10, planted: 1, isInnocent: true })
  const verdict = { name: 'lease-of-a-minority', convictedBy: expect.any(String) as string, seed: expect.any(Number) as number }
  expect({ isGood, answer }).toMatchObject({ isGood: true, answer: { survived: 0, verdicts: [verdict] } })
})
