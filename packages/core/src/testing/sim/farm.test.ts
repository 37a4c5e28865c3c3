import { describe, expect, it } from 'vitest'
import { runBatch } from './batch.ts'
import { runFarm } from './farm.ts'

describe('worlds on several threads', () => {
  it('come to what they come to on one, in whatever order they end', async () => {
    const alone = runBatch({ from: 3, seeds: 20, shape: 'three', keepGoing: false })
    const one = await runFarm({ from: 3, seeds: 20, shape: 'three', jobs: 1 })
    const three = await runFarm({ from: 3, seeds: 20, shape: 'three', jobs: 3 })
    const rough = ({ simulatedMs, ...rest }: typeof one): object => ({ ...rest, simulatedMs: Math.round(simulatedMs) })
    expect(rough(three)).toEqual(rough(one))
    expect(one).toMatchObject({ done: alone.seeds, events: alone.events, commits: alone.commits, broken: [] })
  })

  it('tell how far they are', async () => {
    const news: number[] = []
    await runFarm({ from: 1, seeds: 20, shape: 'three', jobs: 1, onProgress: ({ done }) => news.push(done) })
    expect(news).toEqual([8, 16, 20])
  })
})
