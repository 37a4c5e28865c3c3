import { describe, expect, it } from 'vitest'
import { createHandClock } from '../checks/clock-for-tests.ts'
import { Watch } from './watch.ts'

function watched(fails = false) {
  const clock = createHandClock()
  let looks = 0
  const watch = new Watch(clock, () => {
    looks += 1
    return fails ? Promise.reject(new Error('throttled')) : Promise.resolve()
  })
  const looksIn = async (ms: number): Promise<number> => {
    const before = looks
    await clock.pass(ms)
    return looks - before
  }
  return { watch, looksIn }
}

describe('a look at what somebody else may change', () => {
  it('is taken often after a move, then every 15 to 20 s, and not at all when nothing is held', async () => {
    const { watch, looksIn } = watched()
    expect(await looksIn(60_000)).toBe(0)
    watch.start()
    expect(await looksIn(30_000)).toBe(60)
    const calm = await looksIn(300_000)
    expect(calm).toBeGreaterThanOrEqual(15)
    expect(calm).toBeLessThanOrEqual(20)
    watch.stop()
    expect(await looksIn(60_000)).toBe(0)
  })

  it('is taken often again after a hint', async () => {
    const { watch, looksIn } = watched()
    watch.start()
    await looksIn(60_000)
    watch.start()
    expect(await looksIn(1000)).toBe(2)
  })

  it('that fails is taken again', async () => {
    const { watch, looksIn } = watched(true)
    watch.start()
    expect(await looksIn(1000)).toBe(2)
  })
})
