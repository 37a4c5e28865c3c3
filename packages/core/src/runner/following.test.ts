import { describe, expect, it } from 'vitest'
import type { Capabilities } from '../backend.ts'
import { createRunner } from './runner.ts'
import type { CallResult, RunnerEffect, RunnerInput } from './types.ts'

type WithoutNow<T> = T extends unknown ? Omit<T, 'now'> : never

const ok: CallResult = { ok: true }
const failed: CallResult = { ok: false, code: 'UNREACHABLE', message: 'no answer', aborted: false }
const seen = (state: 'here' | 'nowhere'): CallResult => ({ ok: true, observation: { state } })
const carries: Capabilities = { exclusive: false, kernelFenced: true, settleMs: 0 }
const points: Capabilities = { exclusive: false, kernelFenced: false, settleMs: 0, follows: { clientsLagMs: 30_000, why: 'TTL 30 s' } }
const service: Capabilities = { ...carries, service: { order: 0, startMs: 30_000, stopMs: 20_000 } }

/** A runner with some endpoints of one group, whose calls a test settles by their names. */
function world(endpoints: Readonly<Record<string, Capabilities>>) {
  const runner = createRunner({ self: 'n1' })
  const running = new Map<string, number>()
  const told: string[] = []
  let now = 0
  const step = (input: WithoutNow<RunnerInput>): readonly string[] => take(runner.step({ ...input, now } as RunnerInput))
  const take = (effects: readonly RunnerEffect[]): readonly string[] =>
    effects.flatMap((effect) => {
      if (effect.type === 'progress') told.push(effect.step)
      if (effect.type === 'released') return [`released ${effect.epoch}`]
      if (effect.type === 'holding') return [effect.state]
      if (effect.type === 'abort') return ['abort']
      if (effect.type !== 'call') return []
      running.set(`${effect.operation} ${effect.endpoint}`, effect.call)
      return [`${effect.operation} ${effect.endpoint}`]
    })
  step({ type: 'endpoints', group: 'web', endpoints: Object.entries(endpoints).map(([id, capabilities]) => ({ id, capabilities })) })
  return {
    runner,
    told,
    lease: (epoch: number, until = 60_000) => step({ type: 'lease', group: 'web', epoch, until }),
    drop: (epoch: number) => step({ type: 'drop', group: 'web', epoch, cause: 'asked' }),
    settle: (call: string, result: CallResult = ok) => step({ type: 'settled', call: running.get(call) ?? -1, result }),
    wakeAt: (time: number) => {
      now = time
      return step({ type: 'wake' })
    },
  }
}

/** Its address is claimed and was seen. */
function served() {
  const w = world({ dns: points, vip: carries })
  w.lease(7)
  w.settle('claim vip')
  w.wakeAt(0)
  return { ...w, afterSeen: w.settle('observe vip', seen('here')) }
}

describe('what points at the site that serves', () => {
  it('is claimed when the traffic endpoints were seen to be up, and not when they are only claimed', () => {
    const { lease, settle, wakeAt } = world({ dns: points, vip: carries, app: service })
    expect(lease(7)).toEqual(['claim app', 'claiming'])
    expect(settle('claim app')).toEqual(['claim vip'])
    expect(settle('claim vip')).toEqual(['active'])
    expect(wakeAt(0)).toEqual(['observe vip'])
    expect(settle('observe vip', seen('here'))).toEqual(['claim dns'])
  })

  it('waits for an address that was claimed and is not there', () => {
    const { lease, settle, wakeAt } = world({ dns: points, vip: carries })
    lease(7)
    settle('claim vip')
    wakeAt(0)
    expect(settle('observe vip', seen('nowhere'))).toEqual(['claim vip'])
    expect(settle('claim vip')).not.toContain('claim dns')
  })

  it('is tried again and again where it fails, and the group stays active', () => {
    const { runner, settle, wakeAt } = served()
    expect(settle('claim dns', failed)).toEqual([])
    expect(runner.statusOf('web')).toMatchObject({
      state: 'active',
      endpoints: [
        { id: 'dns', state: 'failed' },
        { id: 'vip', state: 'claimed' },
      ],
    })
    expect(wakeAt(100)).toEqual(['claim dns'])
  })

  it('is told of as the last phase of a move, once it points here', () => {
    const { told, settle, wakeAt } = served()
    expect(told).toEqual(['claimed', 'verified', 'following'])
    settle('claim dns', failed)
    wakeAt(100)
    expect(told).toHaveLength(3)
    settle('claim dns')
    expect(told).toEqual(['claimed', 'verified', 'following', 'followed'])
  })

  it('delays nobody who takes the group over: it is released with the traffic endpoints, though a call of it still runs', () => {
    const { drop, settle } = served()
    expect(drop(7)).toEqual(['releasing', 'abort', 'release vip'])
    expect(settle('release vip')).toEqual(['released 7'])
  })

  it('is claimed under a new right only when its call under the old one has ended', () => {
    const { lease, drop, settle } = served()
    drop(7)
    settle('release vip')
    expect(lease(9)).toEqual([])
    expect(settle('claim dns', { ...failed, aborted: true })).toEqual(['release dns'])
    expect(settle('release dns')).toEqual(['observe dns'])
    expect(settle('observe dns', seen('nowhere'))).toEqual(['claim vip', 'claiming'])
  })

  it('does not keep a daemon from being replaced by a newer one', () => {
    const { runner, settle } = served()
    expect(runner.unrest()).toBeNull()
    settle('claim dns', failed)
    expect(runner.unrest()).toBeNull()
  })

  it('is an endpoint like any other where no other one carries the traffic', () => {
    const { lease, settle, wakeAt, told, drop } = world({ dns: points, app: service })
    lease(7)
    expect(settle('claim app')).toEqual(['claim dns'])
    expect(settle('claim dns', failed)).toEqual([])
    expect(wakeAt(100)).toEqual(['claim dns'])
    expect(settle('claim dns')).toEqual(['active'])
    wakeAt(100)
    settle('observe dns', seen('here'))
    expect(told).toEqual(['started', 'claimed', 'verified'])
    expect(drop(7)).toEqual(['stopping', 'release dns'])
  })
})
