import { expect, test, vi } from 'vitest'
import { createClock } from './clock.ts'

test('the clock never goes back and advances with real time', async () => {
  const clock = createClock()
  const from = clock.now()
  let last = from
  while (last - from < 60) {
    const now = clock.now()
    expect(now).toBeGreaterThanOrEqual(last)
    last = now
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(last - from).toBeLessThan(1000)
})

test('a timer fires at or after its instant, never before, and not at all once cancelled', async () => {
  const clock = createClock()
  const early: number[] = []
  const cancel = clock.at(clock.now() + 5, () => early.push(-1))
  cancel()
  const waits = Array.from({ length: 50 }, (_, at) => clock.now() + at * 0.37)
  await Promise.all(
    waits.map((instant) => new Promise<void>((resolve) => void clock.at(instant, () => (early.push(clock.now() - instant), resolve())))),
  )
  expect(early).toHaveLength(50)
  expect(Math.min(...early)).toBeGreaterThanOrEqual(0)
})

test('a timer for an instant that is months away waits, and costs nothing meanwhile', async () => {
  const fired: boolean[] = []
  const armed = vi.spyOn(globalThis, 'setTimeout')
  const cancel = createClock().at(2 ** 33, () => fired.push(true))
  await new Promise((resolve) => setImmediate(resolve))
  await new Promise((resolve) => setTimeout(resolve, 20))
  cancel()
  expect(fired).toEqual([])
  expect(armed).toHaveBeenCalledTimes(2)
  armed.mockRestore()
})
