import { describe, expect, it } from 'vitest'
import { runBatch } from './batch.ts'
import { runFarm } from './farm.ts'

describe('worlds on several threads', () => {
  it('come to what they come to on one, and tell how far they are', async () => {
    const { seeds, simulatedMs, ...rest } = runBatch({ from: 3, seeds: 12, shape: 'three', keepGoing: false })
    const news: number[] = []
    const tally = await runFarm({ from: 3, seeds: 12, shape: 'three', jobs: 2, onProgress: ({ done }) => news.push(done) })
    expect(tally).toMatchObject({ done: seeds, events: rest.events, commits: rest.commits, broken: rest.broken })
    expect(tally.simulatedMs).toBeCloseTo(simulatedMs, 3)
    expect(news).toHaveLength(2)
    expect(news.at(-1)).toBe(12)
  })
})
