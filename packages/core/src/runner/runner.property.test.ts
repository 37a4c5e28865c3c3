import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRunner } from './runner.ts'
import type { CallResult, Runner, RunnerEffect, RunnerInput } from './types.ts'

const traffic = { exclusive: false, kernelFenced: true, settleMs: 0 }
const names = ['a', 'b', 'c']
/** The stage of each: c carries traffic, b and a are the service behind it. */
const stages: Readonly<Record<string, number>> = { a: 0, b: 1, c: Infinity }
type CapabilitiesOf = (name: string) => typeof traffic & { readonly service?: { order: number; startMs: number; stopMs: number } }
const onlyTraffic: CapabilitiesOf = () => traffic
const staged: CapabilitiesOf = (name) =>
  name === 'c' ? traffic : { ...traffic, service: { order: stages[name] ?? 0, startMs: 1000, stopMs: 1000 } }

/** What the test itself knows of one endpoint: the far side, which a claim may reach although it was aborted. */
interface Far {
  up: boolean
  /** Newest epoch under which it was claimed and not confirmed down since. */
  owed: number | null
  call: Extract<RunnerEffect, { type: 'call' }> | null
  needsLook: boolean
  /** Its last claim went well, and it has not been found gone or released since. */
  works: boolean
}

type Action =
  | { type: 'wait'; ms: number }
  /** How much older than the newest epoch so far; -1 is a new one. */
  | { type: 'lease'; age: number; ms: number }
  | { type: 'drop' | 'expect'; age: number }
  | { type: 'endpoints'; ids: string[] }
  | { type: 'changed' | 'lapsed'; endpoint: string }
  | { type: 'settle'; endpoint: string; how: 'ok' | 'fail' | 'landed-but-failed' | 'conflict' | 'unknown' }
  | { type: 'meddle'; endpoint: string }

const age = fc.constantFrom(-1, 0, 0, 0, 0, 1)
const endpoint = fc.constantFrom(...names)
const settleAction = fc.record({
  type: fc.constant('settle' as const),
  endpoint,
  how: fc.constantFrom(
    'ok' as const,
    'ok' as const,
    'ok' as const,
    'fail' as const,
    'landed-but-failed' as const,
    'conflict' as const,
    'unknown' as const,
  ),
})
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 700 }) }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('lease' as const), age, ms: fc.integer({ min: -50, max: 1500 }) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom('drop' as const, 'drop' as const, 'expect' as const), age }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('endpoints' as const), ids: fc.uniqueArray(endpoint) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constantFrom('changed' as const, 'lapsed' as const), endpoint }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('meddle' as const), endpoint }) },
  { weight: 16, arbitrary: settleAction },
)

/** Drives a runner against a far side of the test's own and checks every effect as it comes. */
class World {
  readonly runner: Runner = createRunner({ self: 'n1', observeMs: 300 })
  readonly far = new Map<string, Far>(names.map((name) => [name, { up: false, owed: null, call: null, needsLook: false, works: false }]))
  readonly leases = new Map<number, number>()
  readonly dropped = new Set<number>()
  readonly released = new Set<number>()
  now = 0
  newest = 1
  wakeAt = Infinity
  wanted: readonly string[] = []
  readonly capabilitiesOf: CapabilitiesOf

  constructor(capabilitiesOf: CapabilitiesOf, first: readonly string[]) {
    this.capabilitiesOf = capabilitiesOf
    this.configure(first)
  }

  configure(ids: readonly string[]): void {
    this.wanted = ids
    this.feed({ type: 'endpoints', group: 'g', endpoints: ids.map((id) => ({ id, capabilities: this.capabilitiesOf(id) })) })
  }

  feed(input: Record<string, unknown>): void {
    for (const effect of this.runner.step({ ...input, now: this.now } as RunnerInput)) this.check(effect)
  }

  check(effect: RunnerEffect): void {
    if (effect.type === 'wake') this.wakeAt = effect.at
    if (effect.type === 'call') this.checkCall(effect)
    if (effect.type === 'released') {
      expect(this.released.has(effect.epoch), 'released is said once').toBe(false)
      this.released.add(effect.epoch)
      for (const [name, far] of this.far) {
        if (far.owed !== null && far.owed <= effect.epoch)
          throw new Error(`released ${effect.epoch} while ${name} may be up under ${far.owed}`)
      }
    }
  }

  checkCall(call: Extract<RunnerEffect, { type: 'call' }>): void {
    const far = this.farOf(call.endpoint)
    expect(far.call, 'calls of one endpoint do not overlap').toBe(null)
    far.call = call
    this.checkOrder(call.endpoint, call.operation)
    if (call.operation !== 'observe' && call.operation !== 'prepare') far.works = false
    if (call.operation !== 'claim') return
    expect(this.now, 'claims only under a running lease').toBeLessThan(this.leases.get(call.epoch) ?? -Infinity)
    expect(this.dropped.has(call.epoch), 'never claims under a dropped epoch').toBe(false)
    for (const past of this.released) expect(call.epoch, 'no claim after released').toBeGreaterThan(past)
    far.owed = call.epoch
  }

  /** A service comes up before its traffic and goes down after it; what is configured no more goes at any time. */
  checkOrder(name: string, operation: string): void {
    const stageOf = (other: string): number => this.capabilitiesOf(other).service?.order ?? Infinity
    for (const [other, far] of this.far) {
      if (operation === 'claim' && this.farOf(name).owed === null && stageOf(other) < stageOf(name) && this.wanted.includes(other))
        expect(far.works, `${name} comes up before ${other} runs`).toBe(true)
      if (operation === 'release' && stageOf(other) > stageOf(name) && this.wanted.includes(name))
        expect(far.owed, `${name} goes down while ${other} may be up`).toBe(null)
    }
  }

  farOf(name: string): Far {
    const far = this.far.get(name)
    if (!far) throw new Error(name)
    return far
  }

  settle(name: string, how: Extract<Action, { type: 'settle' }>['how']): void {
    const far = this.farOf(name)
    const { call } = far
    if (!call) return
    far.call = null
    this.feed({ type: 'settled', call: call.call, result: this.outcome(far, call.operation, how) })
  }

  outcome(far: Far, operation: string, how: Extract<Action, { type: 'settle' }>['how']): CallResult {
    const no = (code: string): CallResult => ({ ok: false, code, message: how, aborted: false })
    if (operation === 'claim') {
      if (how === 'ok' || how === 'landed-but-failed') far.up = true
      if (how !== 'ok') far.needsLook = true
      far.works = how === 'ok'
      return how === 'ok' ? { ok: true } : no(how === 'conflict' ? 'CONFLICT' : 'FAILED')
    }
    if (operation === 'release') {
      if (how !== 'ok') far.needsLook = true
      // A claim that failed lands only now: the release went by too early.
      if (how === 'ok' || how === 'landed-but-failed') far.up = false
      if (how === 'ok' && !far.needsLook) far.owed = null
      return how === 'ok' ? { ok: true } : no('FAILED')
    }
    if (operation === 'observe') {
      if (how === 'unknown' || how === 'fail') return { ok: true, observation: { state: 'unknown', why: how } }
      if (far.up) return { ok: true, observation: { state: 'here' } }
      far.works = false
      return { ok: true, observation: { state: 'nowhere' } }
    }
    return how === 'ok' ? { ok: true } : no('FAILED')
  }

  act(action: Action): void {
    if (action.type === 'wait') return this.wait(action.ms)
    if (action.type === 'settle') return this.settleSeen(action.endpoint, action.how)
    if (action.type === 'meddle') {
      this.farOf(action.endpoint).up = false
      return this.feed({ type: 'changed', group: 'g', endpoint: action.endpoint, why: 'meddled' })
    }
    if (action.type === 'lease') {
      const epoch = this.epoch(action.age)
      const until = this.now + action.ms
      this.leases.set(epoch, Math.max(until, this.leases.get(epoch) ?? -Infinity))
      return this.feed({ type: 'lease', group: 'g', epoch, until })
    }
    if (action.type === 'drop' || action.type === 'expect') {
      const epoch = this.epoch(action.age)
      if (action.type === 'drop') this.dropped.add(epoch)
      return this.feed({ type: action.type, group: 'g', epoch, cause: 'asked' })
    }
    if (action.type === 'endpoints') return this.configure(action.ids)
    this.feed({ ...action, group: 'g', why: 'test' })
  }

  epoch(age: number): number {
    const epoch = Math.max(1, this.newest - age)
    this.newest = Math.max(this.newest, epoch)
    return epoch
  }

  /** A confirming observation clears the debt before the runner can speak of it. */
  settleSeen(name: string, how: Extract<Action, { type: 'settle' }>['how']): void {
    const far = this.farOf(name)
    const confirms = far.call?.operation === 'observe' && how !== 'unknown' && how !== 'fail' && !far.up
    const wasOwed = far.owed
    if (confirms) {
      far.owed = null
      far.needsLook = false
    }
    this.settle(name, how)
    // The runner claims again what it holds: then the debt is back, and the claim's own check has noted it.
    if (confirms && wasOwed !== null && far.call?.operation === 'release') far.owed = wasOwed
  }

  wait(ms: number): void {
    const end = this.now + ms
    while (this.wakeAt <= end) {
      this.now = Math.max(this.now, this.wakeAt)
      this.wakeAt = Infinity
      this.feed({ type: 'wake' })
    }
    this.now = end
  }
}

describe.each([
  ['the runner, whatever happens', onlyTraffic, ['a', 'b']],
  ['the runner of a service, whatever happens', staged, ['a', 'b', 'c']],
] as const)('%s', (_, capabilitiesOf, first) => {
  it('claims only under a running lease, says released only when all is down, and never overlaps calls', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 120, size: 'max' }), (actions) => {
        const world = new World(capabilitiesOf, first)
        for (const one of actions) world.act(one)
      }),
      { numRuns: 1000 },
    )
  })

  it('ends with every dropped epoch released once the far side works again', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
        const world = new World(capabilitiesOf, first)
        for (const one of actions) world.act(one)
        world.act({ type: 'drop', age: -1 })
        for (let round = 0; round < 20; round += 1) {
          for (const name of names) world.settleSeen(name, 'ok')
          world.wait(2000)
        }
        expect(world.released.has(world.newest)).toBe(true)
        for (const dropped of world.dropped) expect(world.released.has(dropped)).toBe(true)
        expect([...world.far.values()].every((far) => !far.up && far.call === null)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})
