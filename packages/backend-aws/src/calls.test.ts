import { expect, it, onTestFinished } from 'vitest'
import { Calls } from './calls.ts'
import { createHandClock } from '@movip/core/testing'

const throttled = (): Promise<never> => Promise.reject(Object.assign(new Error('slow down'), { name: 'RequestLimitExceeded' }))

function begin() {
  const clock = createHandClock()
  const calls = new Calls({ region: 'eu-west-1' }, clock)
  onTestFinished(() => calls.close())
  const budget = { until: clock.now() + 1000, signal: new AbortController().signal }
  return { clock, calls, budget }
}

it('a call that is throttled is made again within its budget', async () => {
  const { calls, budget } = begin()
  let attempts = 0
  const answer = await calls.ask(() => ((attempts += 1) < 3 ? throttled() : Promise.resolve('done')), budget)
  expect([answer, attempts]).toEqual(['done', 3])
})

it('a process that was frozen between two attempts makes no other one once the lease is over', async () => {
  const { clock, calls, budget } = begin()
  let attempts = 0
  const asking = calls.ask(() => {
    attempts += 1
    void clock.pass(5000)
    return throttled()
  }, budget)
  await expect(asking).rejects.toThrow('slow down')
  expect(attempts).toBe(1)
})

it('nothing is begun once the lease is over, but for a look that needs none', async () => {
  const { clock, calls, budget } = begin()
  await clock.pass(1000)
  let attempts = 0
  const send = (): Promise<number> => Promise.resolve((attempts += 1))
  await expect(calls.ask(send, budget)).rejects.toMatchObject({ code: 'LAPSED' })
  expect(attempts).toBe(0)
  expect(await calls.ask(send, { ...budget, until: -Infinity })).toBe(1)
})
