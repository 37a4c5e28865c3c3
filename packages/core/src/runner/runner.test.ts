import { describe, expect, it } from 'vitest'
import { createRunner } from './runner.ts'
import type { CallResult, RunnerEffect, RunnerInput } from './types.ts'

type WithoutNow<T> = T extends unknown ? Omit<T, 'now'> : never
type Call = Extract<RunnerEffect, { type: 'call' }>

const capabilities = { exclusive: false, kernelFenced: true, settleMs: 0 }
const ok: CallResult = { ok: true }
const here: CallResult = { ok: true, observation: { state: 'here' } }
const nowhere: CallResult = { ok: true, observation: { state: 'nowhere' } }
const failed = (code = 'FAILED'): CallResult => ({ ok: false, code, message: 'it did not work', aborted: false })
const aborted: CallResult = { ok: false, code: 'ABORTED', message: 'aborted', aborted: true }

/** A runner whose effects are collected, with group `web` and the endpoints named. */
function harness(endpoints: readonly string[] = ['a']) {
  const runner = createRunner({ self: 'n1', observeMs: 2000 })
  let now = 0
  const step = (input: WithoutNow<RunnerInput>): readonly RunnerEffect[] => runner.step({ ...input, now } as RunnerInput)
  const setEndpoints = (ids: readonly string[]) =>
    step({ type: 'endpoints', group: 'web', endpoints: ids.map((id) => ({ id, capabilities })) })
  setEndpoints(endpoints)
  return {
    runner,
    step,
    setEndpoints,
    at: (time: number) => {
      now = time
    },
    wakeAt: (time: number) => {
      now = time
      return step({ type: 'wake' })
    },
    lease: (epoch: number, until: number) => step({ type: 'lease', group: 'web', epoch, until }),
    drop: (epoch: number) => step({ type: 'drop', group: 'web', epoch, cause: 'asked' }),
    settle: (call: Call | undefined, result: CallResult) => step({ type: 'settled', call: call?.call ?? -1, result }),
  }
}

const calls = (effects: readonly RunnerEffect[]): Call[] => effects.filter((effect) => effect.type === 'call')
const only = (effects: readonly RunnerEffect[]): Call => {
  const found = calls(effects)
  expect(found).toHaveLength(1)
  return found[0] as Call
}
const operations = (effects: readonly RunnerEffect[]) => calls(effects).map((call) => `${call.operation} ${call.endpoint}`)
const holdings = (effects: readonly RunnerEffect[]) =>
  effects.filter((effect) => effect.type === 'holding').map(({ epoch, state }) => `${epoch} ${state}`)
const releasedEpochs = (effects: readonly RunnerEffect[]) =>
  effects.filter((effect) => effect.type === 'released').map(({ epoch }) => epoch)
const events = (effects: readonly RunnerEffect[]) => effects.filter((effect) => effect.type === 'event').map(({ event }) => event)

function active(endpoints: readonly string[] = ['a'], until = 1000) {
  const h = harness(endpoints)
  for (const call of calls(h.lease(1, until))) h.settle(call, ok)
  expect(h.runner.status()[0]?.state).toBe('active')
  for (const look of calls(h.wakeAt(0))) h.settle(look, here)
  return h
}

describe('claiming', () => {
  it('claims all endpoints in parallel under the lease and is active when the last is claimed', () => {
    const h = harness(['a', 'b'])
    const effects = h.lease(7, 1000)
    expect(operations(effects)).toEqual(['claim a', 'claim b'])
    expect(calls(effects)[0]?.grant).toEqual({ epoch: 7, holder: 'n1', until: 1000 })
    expect(holdings(effects)).toEqual(['7 claiming'])
    expect(holdings(h.settle(calls(effects)[0], ok))).toEqual([])
    h.at(40)
    const last = h.settle(calls(effects)[1], ok)
    expect(holdings(last)).toEqual(['7 active'])
    expect(events(last)).toEqual([{ type: 'active', group: 'web', epoch: 7, claimMs: 40 }])
  })

  it('prepares when an assignment is expected, and claims when that preparation has ended', () => {
    const h = harness()
    const prepare = only(h.step({ type: 'expect', group: 'web', epoch: 7 }))
    expect(prepare).toMatchObject({ operation: 'prepare', grant: null, epoch: 7 })
    expect(calls(h.lease(7, 1000))).toEqual([])
    expect(operations(h.settle(prepare, ok))).toEqual(['claim a'])
  })

  it('stays claiming until its endpoints are known', () => {
    const runner = createRunner({ self: 'n1' })
    expect(holdings(runner.step({ now: 0, type: 'lease', group: 'web', epoch: 1, until: 1000 }))).toEqual(['1 claiming'])
    expect(operations(runner.step({ now: 5, type: 'endpoints', group: 'web', endpoints: [{ id: 'a', capabilities }] }))).toEqual([
      'claim a',
    ])
  })

  it('retries a failed claim with growing back-off while the lease runs', () => {
    const h = harness()
    let call = only(h.lease(1, 10_000))
    let now = 0
    for (const pause of [100, 200, 400, 800, 1600, 2000, 2000]) {
      const effects = h.settle(call, failed())
      expect(events(effects)).toMatchObject([{ type: 'call-failed', epoch: 1, operation: 'claim', code: 'FAILED' }])
      expect(calls(h.wakeAt(now + pause - 1))).toEqual([])
      now += pause
      call = only(h.wakeAt(now))
    }
    expect(h.runner.status()[0]?.state).toBe('claiming')
  })

  it('asks again every 500 ms while somebody else answers for the address', () => {
    const h = harness()
    h.settle(only(h.lease(1, 10_000)), failed('CONFLICT'))
    expect(calls(h.wakeAt(499))).toEqual([])
    h.settle(only(h.wakeAt(500)), failed('CONFLICT'))
    expect(operations(h.wakeAt(1000))).toEqual(['claim a'])
  })

  it('extends a running claim when the lease is renewed, and renews once the claim is done', () => {
    const h = harness()
    const claim = only(h.lease(1, 1000))
    h.at(500)
    expect(h.lease(1, 1500)).toEqual([{ type: 'extend', call: claim.call, until: 1500 }])
    expect(h.settle(claim, ok)).toContainEqual({
      type: 'renew',
      group: 'web',
      endpoint: 'a',
      grant: { epoch: 1, holder: 'n1', until: 1500 },
    })
  })

  it('pushes each renewal to every claimed endpoint, also while one is being observed', () => {
    const h = active(['a', 'b'])
    h.step({ type: 'changed', group: 'web', endpoint: 'a', why: 'netlink' })
    const effects = h.lease(1, 1100)
    expect(effects.filter((effect) => effect.type === 'renew').map(({ endpoint, grant }) => [endpoint, grant.until])).toEqual([
      ['a', 1100],
      ['b', 1100],
    ])
    expect(h.lease(1, 1100)).toEqual([])
  })
})

describe('releasing', () => {
  it('releases every endpoint when the group is dropped and says so once', () => {
    const h = active(['a', 'b'])
    h.at(100)
    const effects = h.drop(1)
    expect(operations(effects)).toEqual(['release a', 'release b'])
    expect(holdings(effects)).toEqual(['1 releasing'])
    expect(releasedEpochs(h.settle(calls(effects)[0], ok))).toEqual([])
    h.at(103)
    const last = h.settle(calls(effects)[1], ok)
    expect(releasedEpochs(last)).toEqual([1])
    expect(events(last)).toEqual([{ type: 'released', group: 'web', epoch: 1, cause: 'asked', releaseMs: 3 }])
    expect(h.drop(1)).toEqual([])
  })

  it('says released at once when nothing was claimed', () => {
    expect(releasedEpochs(harness().drop(4))).toEqual([4])
  })

  it('releases by itself when the lease ends and ignores a later lease of that epoch for ever', () => {
    const h = active()
    const effects = h.wakeAt(1000)
    expect(operations(effects)).toEqual(['release a'])
    expect(calls(h.lease(1, 5000))).toEqual([])
    expect(releasedEpochs(h.settle(only(effects), ok))).toEqual([1])
    expect(h.lease(1, 9000)).toEqual([])
  })

  it('aborts a running claim, waits for it to end, releases, and believes only the world that it is down', () => {
    const h = harness()
    const claim = only(h.lease(1, 1000))
    const dropped = h.drop(1)
    expect(dropped).toContainEqual({ type: 'abort', call: claim.call })
    expect(calls(dropped)).toEqual([])
    const release = only(h.settle(claim, aborted))
    expect(release.operation).toBe('release')
    const observe = only(h.settle(release, ok))
    expect(observe.operation).toBe('observe')
    const late = h.settle(observe, here)
    expect(releasedEpochs(late)).toEqual([])
    expect(holdings(late)).toEqual(['1 stuck'])
    const again = only(h.wakeAt(100))
    expect(again.operation).toBe('release')
    expect(releasedEpochs(h.settle(only(h.settle(again, ok)), nowhere))).toEqual([1])
  })

  it('does not take unknown for down', () => {
    const h = harness()
    const claim = only(h.lease(1, 1000))
    h.drop(1)
    const observe = only(h.settle(only(h.settle(claim, aborted)), ok))
    expect(releasedEpochs(h.settle(observe, { ok: true, observation: { state: 'unknown', why: 'no answer' } }))).toEqual([])
    const second = only(h.wakeAt(100))
    expect(second.operation).toBe('observe')
    expect(releasedEpochs(h.settle(second, nowhere))).toEqual([1])
  })

  it('retries a failed release for ever, is stuck meanwhile, and never says released before', () => {
    const h = active()
    let call = only(h.drop(1))
    let now = 0
    for (const pause of [100, 200, 400, 800, 1600, 2000, 2000, 2000]) {
      const effects = h.settle(call, failed())
      expect(releasedEpochs(effects)).toEqual([])
      expect(h.runner.status()[0]?.state).toBe('stuck')
      now += pause
      call = only(h.wakeAt(now))
    }
    expect(releasedEpochs(h.settle(only(h.settle(call, ok)), nowhere))).toEqual([1])
  })

  it('is stuck when a call does not end', () => {
    const h = active()
    h.drop(1)
    expect(holdings(h.wakeAt(4999))).toEqual([])
    expect(holdings(h.wakeAt(5000))).toEqual(['1 stuck'])
  })

  it('lets a newer lease wait until the older is down', () => {
    const h = active()
    const dropped = h.drop(1)
    expect(calls(h.lease(2, 2000))).toEqual([])
    const effects = h.settle(only(dropped), ok)
    expect(releasedEpochs(effects)).toEqual([1])
    expect(only(effects)).toMatchObject({ operation: 'claim', epoch: 2 })
  })

  it('closes the older epoch by itself when a newer lease comes without a drop', () => {
    const h = active()
    const effects = h.lease(2, 2000)
    expect(operations(effects)).toEqual(['release a'])
    const after = h.settle(only(effects), ok)
    expect(releasedEpochs(after)).toEqual([1])
    expect(holdings(after)).toEqual(['2 claiming'])
    expect(h.drop(1)).toEqual([])
  })

  it('ignores a call that was settled twice', () => {
    const h = harness()
    const claim = only(h.lease(1, 1000))
    h.settle(claim, ok)
    h.settle(only(h.wakeAt(0)), here)
    expect(h.settle(claim, failed())).toEqual([])
  })
})

describe('repairing', () => {
  it('observes on a period while active', () => {
    const h = active(['a'], 10_000)
    expect(calls(h.wakeAt(1999))).toEqual([])
    h.settle(only(h.wakeAt(2000)), here)
    expect(operations(h.wakeAt(4000))).toEqual(['observe a'])
  })

  it('observes at once when a backend says the world changed, and claims again what is gone', () => {
    const h = active()
    const observe = only(h.step({ type: 'changed', group: 'web', endpoint: 'a', why: 'address deleted' }))
    const claim = only(h.settle(observe, nowhere))
    expect(claim.operation).toBe('claim')
    const effects = h.settle(claim, ok)
    expect(events(effects)).toEqual([{ type: 'repaired', group: 'web', endpoint: 'a', why: 'it was gone' }])
    expect(holdings(effects)).toEqual([])
  })

  it('looks again after a change that came while it was looking', () => {
    const h = active()
    const observe = only(h.step({ type: 'changed', group: 'web', endpoint: 'a', why: 'one' }))
    expect(calls(h.step({ type: 'changed', group: 'web', endpoint: 'a', why: 'two' }))).toEqual([])
    expect(operations(h.settle(observe, here))).toEqual(['observe a'])
  })

  it('changes nothing on unknown and looks again soon', () => {
    const h = active()
    const observe = only(h.step({ type: 'changed', group: 'web', endpoint: 'a', why: 'x' }))
    expect(calls(h.settle(observe, { ok: true, observation: { state: 'unknown', why: 'timeout' } }))).toEqual([])
    expect(operations(h.wakeAt(500))).toEqual(['observe a'])
  })

  it('claims again when the kernel refused a renewal although the lease runs', () => {
    const h = active()
    h.lease(1, 2000)
    const effects = h.step({ type: 'lapsed', group: 'web', endpoint: 'a' })
    expect(only(effects)).toMatchObject({ operation: 'claim', grant: { until: 2000 } })
    expect(events(h.settle(only(effects), ok))).toMatchObject([{ type: 'repaired' }])
  })

  it('takes a refused renewal after the lease for a drop', () => {
    const h = active()
    h.at(1000)
    expect(operations(h.step({ type: 'lapsed', group: 'web', endpoint: 'a' }))).toEqual(['release a'])
  })

  it('claims an endpoint that is added while the group is held, and releases one that is removed', () => {
    const h = active(['a', 'b'])
    const effects = h.setEndpoints(['b', 'c'])
    expect(operations(effects).toSorted()).toEqual(['claim c', 'release a'])
    for (const call of calls(effects)) h.settle(call, ok)
    expect(h.runner.status()[0]).toMatchObject({
      state: 'active',
      endpoints: [
        { id: 'b', state: 'claimed' },
        { id: 'c', state: 'claimed' },
      ],
    })
  })
})

describe('waking', () => {
  it('is claiming while an endpoint that a configuration brought is not up yet, and active while one is only repaired', () => {
    const h = active()
    const brought = h.setEndpoints(['b'])
    expect(holdings(brought)).toEqual(['1 claiming'])
    const claim = calls(brought).find(({ operation }) => operation === 'claim')
    expect(holdings(h.settle(claim, ok))).toEqual(['1 active'])
    h.step({ type: 'lapsed', group: 'web', endpoint: 'b' })
    expect(h.runner.status()[0]?.state).toBe('active')
  })

  it('asks for no new wake while renewals only move its end', () => {
    const h = active()
    expect(h.lease(1, 1100).filter((effect) => effect.type === 'wake')).toEqual([])
    expect(h.wakeAt(1000)).toEqual([{ type: 'wake', at: 1100 }])
  })

  it('comes for whatever else is due, also where nothing but renewals has happened since', () => {
    const h = active()
    let wakeAt = 1000
    let looks: readonly string[] = []
    for (let now = 100; now <= 6000 && looks.length === 0; now += 100) {
      h.at(now)
      h.lease(1, now + 1000)
      if (now < wakeAt) continue
      const effects = h.wakeAt(now)
      looks = operations(effects)
      wakeAt = effects.findLast((effect) => effect.type === 'wake')?.at ?? Infinity
    }
    expect(looks).toEqual(['observe a'])
  })
})

describe('a service', () => {
  const part = (order: number) => ({
    exclusive: false,
    kernelFenced: false,
    settleMs: 0,
    service: { order, startMs: 30_000, stopMs: 20_000 },
  })
  function withService() {
    const h = harness([])
    h.step({
      type: 'endpoints',
      group: 'web',
      endpoints: [
        { id: 'vip', capabilities },
        { id: 'app', capabilities: part(1) },
        { id: 'db', capabilities: part(0) },
      ],
    })
    return h
  }
  function serving() {
    const h = withService()
    let effects = h.lease(1, 60_000)
    while (calls(effects).length > 0) effects = h.settle(only(effects), ok)
    h.settle(only(h.wakeAt(0)), here)
    return h
  }

  it('starts part by part, and no traffic comes before all of it runs', () => {
    const h = withService()
    const db = only(h.lease(1, 60_000))
    const app = only(h.settle(db, ok))
    const vip = only(h.settle(app, ok))
    expect([db, app, vip].map(({ operation, endpoint }) => `${operation} ${endpoint}`)).toEqual(['claim db', 'claim app', 'claim vip'])
    expect(holdings(h.settle(vip, ok))).toEqual(['1 active'])
  })

  it('asks for no wake while a part waits for the one below it', () => {
    const h = withService()
    const effects = h.lease(1, 60_000)
    expect(effects.filter(({ type }) => type === 'wake')).toEqual([{ type: 'wake', at: 60_000 }])
  })

  it('goes down after the traffic and in the reverse order, is said to be stopping until then, and released at last', () => {
    const h = serving()
    const dropped = h.drop(1)
    expect(holdings(dropped)).toEqual(['1 stopping'])
    const vip = only(dropped)
    const app = only(h.settle(vip, ok))
    const db = only(h.settle(app, ok))
    expect([vip, app, db].map(({ operation, endpoint }) => `${operation} ${endpoint}`)).toEqual([
      'release vip',
      'release app',
      'release db',
    ])
    expect(releasedEpochs(h.settle(db, ok))).toEqual([1])
  })

  it('whose stop fails leaves the group stuck, and never released', () => {
    const h = serving()
    const app = only(h.settle(only(h.drop(1)), ok))
    const failing = h.settle(app, failed())
    expect(holdings(failing)).toEqual(['1 stuck'])
    expect(events(failing)).toContainEqual({
      type: 'stuck',
      group: 'web',
      epoch: 1,
      why: expect.stringContaining('app: release: FAILED') as string,
    })
    expect([...releasedEpochs(failing), ...releasedEpochs(h.wakeAt(90_000))]).toEqual([])
  })

  it('that takes longer to stop than its parts may is stuck, and not before', () => {
    const h = serving()
    h.drop(1)
    expect(holdings(h.wakeAt(44_999))).toEqual([])
    expect(holdings(h.wakeAt(45_000))).toEqual(['1 stuck'])
  })

  it('that has died is started again while its endpoints stay', () => {
    const h = serving()
    const observe = only(h.step({ type: 'changed', group: 'web', endpoint: 'db', why: 'its process has ended' }))
    expect(operations(h.settle(observe, nowhere))).toEqual(['claim db'])
    expect(h.runner.status()[0]?.endpoints.find(({ id }) => id === 'vip')?.state).toBe('claimed')
  })

  it('that is configured no more is stopped while the group stays', () => {
    const h = serving()
    const effects = h.step({
      type: 'endpoints',
      group: 'web',
      endpoints: [
        { id: 'vip', capabilities },
        { id: 'db', capabilities: part(0) },
      ],
    })
    expect(operations(effects)).toEqual(['release app'])
    expect(holdings(effects)).toEqual([])
  })
})
