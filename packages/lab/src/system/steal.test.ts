import { expect, it } from 'vitest'
import { cpuTime, stolenMs, stolenPercent } from './steal.ts'

it('takes the stolen share of all CPU time between two readings', () => {
  const before = cpuTime('cpu  100 0 50 800 10 0 5 35 7 0\ncpu0 1\n')
  const after = cpuTime('cpu  150 0 50 840 10 0 5 45 9 0\ncpu0 1\n')
  expect(stolenPercent(before, after)).toBeCloseTo(10)
  expect(stolenPercent(after, after)).toBe(0)
})

it('reads the machine it runs on', () => {
  expect(cpuTime().total).toBeGreaterThan(0)
})

it('knows what was taken of each CPU', () => {
  const text = 'cpu  150 0 50 840 10 0 5 45 9 0\ncpu0 100 0 25 420 5 0 2 40 4 0\ncpu1 50 0 25 420 5 0 3 5 5 0\nintr 7\n'
  expect([...stolenMs(text)]).toEqual([
    ['cpu0, stolen', 400],
    ['cpu1, stolen', 50],
  ])
  expect(stolenMs().size).toBeGreaterThan(0)
})
