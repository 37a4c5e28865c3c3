import { describe, expect, it } from 'vitest'
import type { Capabilities } from '../backend.ts'
import { createRunner } from './runner.ts'
import type { CallResult, Runner, RunnerEffect, RunnerInput } from './types.ts'

type WithoutNow<T> = T extends unknown ? Omit<T, 'now'> : never
type Call = Extract<RunnerEffect, { type: 'call' }>

const traffic: Capabilities = { exclusive: false, kernelFenced: true, settleMs: 0 }
const service: Capabilities = { ...traffic, kernelFenced: false, service: { order: 0, startMs: 5000, stopMs: 5000 } }
const ok: CallResult = { ok: true }
const nowhere: CallResult = { ok: true, observation: { state: 'nowhere' } }

interface Harness {
  readonly runner: Runner
  step(now: number, input: WithoutNow<RunnerInput>): readonly RunnerEffect[]
  /** The address and the service of `web` are made. */
  made(now: number): readonly RunnerEffect[]
}

/** A runner that was handed `web` over at epoch 7, until 1000. */
function adopting(): Harness {
  return harness(createRunner({ self: 'n1', adopted: { leases: [{ group: 'web', epoch: 7, until: 1000 }], at: 0 } }))
}

function harness(runner: Runner): Harness {
  const step: Harness['step'] = (now, input) => runner.step({ ...input, now } as RunnerInput)
  const endpoints = [
    { id: 'service', capabilities: service },
    { id: 'address', capabilities: traffic },
  ]
  return { runner, step, made: (now) => step(now, { type: 'endpoints', group: 'web', endpoints }) }
}

const calls = (effects: readonly RunnerEffect[]): Call[] => effects.filter((effect) => effect.type === 'call')
const words = (effects: readonly RunnerEffect[]) =>
  calls(effects).map(({ operation, endpoint, epoch }) => `${operation} ${endpoint} ${epoch}`)
const events = (effects: readonly RunnerEffect[]) => effects.flatMap((effect) => (effect.type === 'event' ? [effect.event] : []))
const released = (effects: readonly RunnerEffect[]) => effects.flatMap((effect) => (effect.type === 'released' ? [effect.epoch] : []))

describe('a group that was handed over', () => {
  it('is active from the beginning, and is claimed once more under its epoch, the address without waiting for the service', () => {
    const { step, made, runner } = adopting()
    expect(step(10, { type: 'wake' })).toContainEqual({ type: 'holding', group: 'web', epoch: 7, state: 'active' })
    const claims = made(100)
    expect(words(claims)).toEqual(['claim service 7', 'claim address 7'])
    const [first, second] = calls(claims)
    expect(events(step(110, { type: 'settled', call: first?.call ?? 0, result: ok }))).toEqual([])
    const done = step(120, { type: 'settled', call: second?.call ?? 0, result: ok })
    expect(events(done)).toEqual([{ type: 'adopted', group: 'web', epoch: 7, claimMs: 120 }])
    expect(runner.status()).toMatchObject([{ state: 'active', epoch: 7 }])
  })
  it('is told to be active, and its end is watched, when its first lease comes before anything else', () => {
    const { step } = adopting()
    const effects = step(10, { type: 'lease', group: 'web', epoch: 7, until: 1010 })
    expect(effects).toContainEqual({ type: 'holding', group: 'web', epoch: 7, state: 'active' })
    expect(effects).toContainEqual({ type: 'wake', at: 1010 })
  })
  it('is released only once what was left up has been taken down, though its lease ended before anything was claimed', () => {
    const { step, made } = adopting()
    expect(released(step(1000, { type: 'wake' }))).toEqual([])
    const first = made(1200)
    expect(words(first)).toEqual(['release address 7'])
    const look = step(1210, { type: 'settled', call: calls(first)[0]?.call ?? 0, result: ok })
    expect(words(look)).toEqual(['observe address 7'])
    const next = step(1220, { type: 'settled', call: calls(look)[0]?.call ?? 0, result: nowhere })
    expect(words(next)).toEqual(['release service 7'])
    const last = step(1230, { type: 'settled', call: calls(next)[0]?.call ?? 0, result: ok })
    expect(released(step(1240, { type: 'settled', call: calls(last)[0]?.call ?? 0, result: nowhere }))).toEqual([7])
  })
  it('is said to be missing once it could not be claimed again', () => {
    const { step, made } = adopting()
    const [, address] = calls(made(100))
    const failure: CallResult = { ok: false, code: 'FAILED', message: 'no such interface', aborted: false }
    const said = step(110, { type: 'settled', call: address?.call ?? 0, result: failure })
    expect(said).toContainEqual({ type: 'holding', group: 'web', epoch: 7, state: 'claiming' })
  })
})

describe('a runner can be replaced', () => {
  /** One to which `web` was given in the ordinary way. */
  const claiming = (): Harness & { readonly claim: number } => {
    const plain = harness(createRunner({ self: 'n1' }))
    plain.made(0)
    const [start] = calls(plain.step(0, { type: 'lease', group: 'web', epoch: 7, until: 1000 }))
    const [claim] = calls(plain.step(10, { type: 'settled', call: start?.call ?? 0, result: ok }))
    return { ...plain, claim: claim?.call ?? 0 }
  }
  it('while everything is up or down, and not while something is on its way', () => {
    const { step, runner, claim } = claiming()
    expect(runner.unrest()).toBe('web is not at rest here')
    step(20, { type: 'settled', call: claim, result: ok })
    expect(runner.unrest()).toBeNull()
    step(30, { type: 'drop', group: 'web', epoch: 7, cause: 'asked' })
    expect(runner.unrest()).toBe('web is not at rest here')
  })
  it('not while it repairs something, and not before it has claimed what it was itself handed over', () => {
    const { step, runner, claim } = claiming()
    step(20, { type: 'settled', call: claim, result: ok })
    step(30, { type: 'lapsed', group: 'web', endpoint: 'address' })
    expect(runner.unrest()).toBe('web is not at rest here')
    expect(adopting().runner.unrest()).toBe('web is not at rest here')
  })
})
