import { describe, expect, it } from 'vitest'
import type { Backend } from '../backend.ts'
import { createHandClock } from '../checks/clock-for-tests.ts'
import type { CallResult } from '../runner/types.ts'
import { createExecutor } from './executor.ts'
import { OneATurn } from './one-a-turn.ts'

const aTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('work of which one piece begins in a turn of the event loop', () => {
  it('begins at once where nothing else has begun in this turn', async () => {
    const turns = new OneATurn()
    const begun: string[] = []
    void turns.begin(() => begun.push('first'))
    expect(begun).toEqual(['first'])
    await aTurn()
    await aTurn()
    void turns.begin(() => begun.push('later'))
    expect(begun).toEqual(['first', 'later'])
  })

  it('lets the event loop turn between any two pieces, and keeps their order', async () => {
    const turns = new OneATurn()
    const seen: string[] = []
    for (const piece of ['first', 'second', 'third']) void turns.begin(() => seen.push(piece))
    for (const turn of ['turn 1', 'turn 2', 'turn 3']) {
      await aTurn()
      seen.push(turn)
    }
    expect(seen.indexOf('first')).toBeLessThan(seen.indexOf('turn 1'))
    expect(seen.indexOf('third')).toBeGreaterThan(seen.indexOf('turn 1'))
    expect(seen.filter((each) => !each.startsWith('turn'))).toEqual(['first', 'second', 'third'])
  })
})

it('a release does not wait for claims that wait', async () => {
  const reached: string[] = []
  const backend: Backend = {
    capabilities: { exclusive: false, kernelFenced: false, settleMs: 0 },
    preflight: () => Promise.resolve([]),
    observe: () => Promise.resolve({ state: 'nowhere' }),
    claim: ({ epoch }) => Promise.resolve(void reached.push(`claim ${epoch}`)),
    release: (epoch) => Promise.resolve(void reached.push(`release ${epoch}`)),
    close: () => Promise.resolve(),
  }
  const executor = createExecutor({
    clock: createHandClock(),
    backendOf: () => backend,
    onSettled: () => undefined,
    onLapsed: () => undefined,
  })
  for (const epoch of [1, 2, 3]) {
    const grant = { epoch, holder: 'a', until: 1e9 }
    executor.call({ type: 'call', call: epoch, group: `g${epoch}`, endpoint: 'vip', operation: 'claim', grant, epoch })
  }
  for (const epoch of [4, 5])
    executor.call({ type: 'call', call: epoch, group: `g${epoch}`, endpoint: 'vip', operation: 'release', grant: null, epoch })
  while (reached.length < 5) await aTurn()
  expect(reached).toEqual(['claim 1', 'release 4', 'release 5', 'claim 2', 'claim 3'])
})

it('a call that is called off before its turn never reaches the backend', async () => {
  const reached: string[] = []
  const settled = new Map<number, CallResult>()
  const backend: Backend = {
    capabilities: { exclusive: false, kernelFenced: false, settleMs: 0 },
    preflight: () => Promise.resolve([]),
    observe: () => Promise.resolve({ state: 'nowhere' }),
    claim: ({ epoch }) => Promise.resolve(void reached.push(`claim ${epoch}`)),
    release: () => Promise.resolve(),
    close: () => Promise.resolve(),
  }
  const executor = createExecutor({
    clock: createHandClock(),
    backendOf: () => backend,
    onSettled: (call, result) => void settled.set(call, result),
    onLapsed: () => undefined,
  })
  for (const epoch of [1, 2]) {
    const grant = { epoch, holder: 'a', until: 1e9 }
    executor.call({ type: 'call', call: epoch, group: 'g', endpoint: 'vip', operation: 'claim', grant, epoch })
  }
  executor.abort(2)
  while (settled.size < 2) await aTurn()
  expect(reached).toEqual(['claim 1'])
  expect(settled.get(2)).toMatchObject({ ok: false, code: 'ABORTED', aborted: true })
})
