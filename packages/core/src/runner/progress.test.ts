import { expect, it } from 'vitest'
import { createRunner } from './runner.ts'
import type { CallResult, RunnerEffect, RunnerInput } from './types.ts'

type WithoutNow<T> = T extends unknown ? Omit<T, 'now'> : never

const ok: CallResult = { ok: true }
const seen = (state: 'here' | 'nowhere'): CallResult => ({ ok: true, observation: { state } })
const capabilities = { exclusive: false, kernelFenced: true, settleMs: 0 }
const service = { ...capabilities, service: { order: 0, startMs: 30_000, stopMs: 20_000 } }

/** A runner with a service and two endpoints, whose calls a test settles by their names. */
function world() {
  const runner = createRunner({ self: 'n1' })
  const running = new Map<string, number>()
  const told: string[] = []
  let now = 0
  const step = (input: WithoutNow<RunnerInput>): void => take(runner.step({ ...input, now } as RunnerInput))
  const take = (effects: readonly RunnerEffect[]): void => {
    for (const effect of effects) {
      if (effect.type === 'call') running.set(`${effect.operation} ${effect.endpoint}`, effect.call)
      if (effect.type === 'progress') told.push([effect.step, ...(effect.why === undefined ? [] : [effect.why])].join(': '))
    }
  }
  step({
    type: 'endpoints',
    group: 'web',
    endpoints: [
      { id: 'app', capabilities: service },
      { id: 'a', capabilities },
      { id: 'b', capabilities },
    ],
  })
  step({ type: 'lease', group: 'web', epoch: 7, until: 60_000 })
  return {
    told,
    settle: (call: string, result: CallResult = ok) => step({ type: 'settled', call: running.get(call) ?? -1, result }),
    wakeAt: (time: number) => {
      now = time
      step({ type: 'wake' })
    },
    drop: () => step({ type: 'drop', group: 'web', epoch: 7, cause: 'asked' }),
  }
}

it('a group is told of as started, as claimed, and as verified once the world has been asked about every endpoint', () => {
  const { told, settle, wakeAt } = world()
  settle('claim app')
  expect(told).toEqual(['started'])
  settle('claim a')
  settle('claim b')
  expect(told).toEqual(['started', 'claimed'])
  wakeAt(0)
  settle('observe a', seen('here'))
  expect(told).toEqual(['started', 'claimed'])
  settle('observe b', seen('here'))
  expect(told).toEqual(['started', 'claimed', 'verified'])
})

it('an endpoint that is not where it was claimed is verified only once it was claimed again and seen', () => {
  const { told, settle, wakeAt } = world()
  for (const call of ['claim app', 'claim a', 'claim b']) settle(call)
  wakeAt(0)
  settle('observe a', seen('here'))
  settle('observe b', seen('nowhere'))
  settle('claim b')
  expect(told).toEqual(['started', 'claimed'])
  wakeAt(5000)
  settle('observe b', seen('here'))
  expect(told).toEqual(['started', 'claimed', 'verified'])
})

it('a group that is dropped before it was claimed has failed, for what was missing', () => {
  const { told, settle, drop } = world()
  settle('claim app', { ok: false, code: 'FAILED', message: 'it did not start', aborted: false })
  drop()
  expect(told).toEqual(['failed: app: claim: FAILED: it did not start'])
})

it('a group that is dropped after it was claimed has not failed', () => {
  const { told, settle, drop } = world()
  for (const call of ['claim app', 'claim a', 'claim b']) settle(call)
  drop()
  expect(told).toEqual(['started', 'claimed'])
})
