import { expect, it } from 'vitest'
import type { Backend } from '../backend.ts'
import { createHandClock } from '../checks/clock-for-tests.ts'
import { createExecutor } from './executor.ts'

/** A group with traffic, a service of two parts and a stage before it; what is to fail on its way down does. */
async function takenDown(failing: readonly string[]): Promise<{ readonly order: readonly string[]; readonly left: readonly string[] }> {
  const order: string[] = []
  const backend = (id: string, stage?: number): Backend => ({
    capabilities: {
      exclusive: false,
      kernelFenced: false,
      settleMs: 0,
      ...(stage === undefined ? {} : { service: { order: stage, startMs: 1000, stopMs: 1000 } }),
    },
    preflight: () => Promise.resolve([]),
    observe: () => Promise.resolve({ state: 'here' }),
    claim: () => Promise.resolve(),
    release: () => {
      order.push(id)
      return failing.includes(id) ? Promise.reject(new Error('it does not go')) : Promise.resolve()
    },
    close: () => Promise.resolve(),
  })
  const backends = new Map([
    ['watchdog', backend('watchdog', -2)],
    ['first', backend('first', 0)],
    ['second', backend('second', 1)],
    ['vip', backend('vip')],
  ])
  const allUp = Promise.withResolvers<void>()
  let up = 0
  const executor = createExecutor({
    clock: createHandClock(),
    backendOf: (_, id) => backends.get(id),
    onSettled: () => void ((up += 1) === backends.size && allUp.resolve()),
    onLapsed: () => undefined,
  })
  for (const [index, endpoint] of [...backends.keys()].entries())
    executor.call({
      type: 'call',
      call: index,
      group: 'g',
      endpoint,
      operation: 'claim',
      grant: { epoch: 1, holder: 'a', until: 1e9 },
      epoch: 1,
    })
  await allUp.promise
  return { left: await executor.releaseEverything(10_000), order }
}

it('a daemon that ends at once takes down traffic, then the service from its last part on, then what came before it', async () => {
  expect(await takenDown([])).toEqual({ order: ['vip', 'second', 'first', 'watchdog'], left: [] })
})

it.each(['first', 'second', 'vip'])('what came before a service stays where %s does not come down, and is named', async (failing) => {
  const { order, left } = await takenDown([failing])
  expect(order).toEqual(['vip', 'second', 'first'])
  expect(left.toSorted()).toEqual([`g/${failing}`, 'g/watchdog'].toSorted())
})
