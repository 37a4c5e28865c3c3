import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { CheckSpec, ClusterSpec } from '../model/index.ts'
import { keepingLogger } from '../notify/samples-for-tests.ts'
import { createCheckRunner } from './check-runner.ts'
import { createHandClock } from './clock-for-tests.ts'
import { bad, defineKind, good } from './kind.ts'

const check = (id: string, more: Partial<CheckSpec> = {}): CheckSpec => ({
  id,
  kind: 'test',
  on: 'both',
  everyMs: 1000,
  timeoutMs: 400,
  rise: 2,
  fall: 3,
  graceMs: 0,
  restart: { max: 2, withinMs: 600_000 },
  options: {},
  ...more,
})

/** A node whose checks all see the same service, which is as good as the test says, and how it is restarted. */
async function assemble(checks: readonly CheckSpec[], restart: () => Promise<void> = () => Promise.resolve()) {
  const clock = createHandClock()
  const { logger, lines } = keepingLogger()
  const world = { isGood: true, restarts: 0, isPaused: false }
  const kind = defineKind({
    schema: z.strictObject({}),
    means: 'network',
    probe: () => () => Promise.resolve(world.isGood ? good() : bad('status 503')),
  })
  const told: string[] = []
  const runner = createCheckRunner({
    node: 'n1',
    interfaces: {},
    clock,
    logger,
    kinds: new Map([['test', kind]]),
    onFitness: (_, { level, reasons }) => told.push([level, ...reasons].join(': ')),
    restart: () => {
      world.restarts += 1
      return restart()
    },
    isPaused: () => world.isPaused,
  })
  const spec: ClusterSpec = {
    name: 'shop',
    timing: { heartbeatMs: 100, leaseMs: 1000, electionMs: 900, driftPpmMax: 1000 },
    nodes: [],
    groups: [{ id: 'web', mode: 'active-standby', nodes: ['n1'], endpoints: [], checks }],
  }
  runner.onSpec(spec)
  runner.onHolding('web', 7, 'active')
  await clock.pass(5000)
  return { clock, runner, world, told, lines }
}

describe('a check that may restart its service', () => {
  it('does so before it makes the node unfit, so often, and then says that it did not help', async () => {
    const { clock, world, told, runner } = await assemble([check('http')])
    world.isGood = false
    await clock.pass(3000)
    expect([world.restarts, told.at(-1)]).toEqual([1, 'fit'])
    await clock.pass(3000)
    expect([world.restarts, told.at(-1)]).toEqual([2, 'fit'])
    await clock.pass(3000)
    expect([world.restarts, told.at(-1)]).toEqual([2, 'unfit: check http: status 503 (3 times in 2.0 s), also after 2 restarts'])
    expect(runner.status()['web']?.[0]?.restarts).toEqual({ max: 2, withinMs: 600_000, count: 2, isUnderWay: false })
  })

  it('judges nothing while that goes on, and gives the service its grace afterwards', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { clock, world, told, runner } = await assemble(
      [check('http', { graceMs: 5000, restart: { max: 1, withinMs: 600_000 } })],
      () => promise,
    )
    world.isGood = false
    await clock.pass(60_000)
    expect([world.restarts, told.at(-1)]).toEqual([1, 'fit'])
    expect(runner.status()['web']?.[0]).toMatchObject({ state: 'passing', lastOk: false, restarts: { count: 1, isUnderWay: true } })
    resolve()
    await clock.pass(7000)
    expect(told.at(-1)).toBe('fit')
    await clock.pass(2000)
    expect(told.at(-1)).toMatch(/^unfit: .* also after a restart$/)
  })

  it('forgets a restart after its time', async () => {
    const { clock, world, told } = await assemble([check('http', { restart: { max: 1, withinMs: 60_000 } })])
    const fail = async (): Promise<void> => {
      world.isGood = false
      await clock.pass(3000)
      world.isGood = true
      await clock.pass(5000)
    }
    await fail()
    await clock.pass(60_000)
    await fail()
    expect([world.restarts, told.at(-1)]).toEqual([2, 'fit'])
    await fail()
    expect([world.restarts, told.at(-1)]).toEqual([2, 'fit: check http passes again after a failure'])
  })

  it('restarts nothing where the group is not active', async () => {
    const { clock, world, told, runner } = await assemble([check('http')])
    runner.onHolding('web', 7, null)
    world.isGood = false
    await clock.pass(5000)
    expect([world.restarts, told.at(-1)]).toEqual([0, 'unfit: check http: status 503 (3 times in 2.0 s)'])
  })

  it('restarts nothing while its group is paused, and judges on', async () => {
    const { clock, world, told, runner } = await assemble([check('http')])
    world.isPaused = true
    world.isGood = false
    await clock.pass(10_000)
    expect([world.restarts, told.at(-1)]).toEqual([0, 'unfit: check http: status 503 (3 times in 2.0 s)'])
    expect(runner.status()['web']?.[0]).toMatchObject({ state: 'failing', restarts: { count: 0, isUnderWay: false } })
    world.isGood = true
    await clock.pass(3000)
    world.isPaused = false
    expect(told.at(-1)).toBe('fit')
    world.isGood = false
    await clock.pass(3000)
    expect(world.restarts).toBe(1)
  })

  it('judges again when the group leaves the node during a restart', async () => {
    const { clock, world, told, runner } = await assemble([check('http')], () => new Promise(() => undefined))
    world.isGood = false
    await clock.pass(4000)
    runner.onHolding('web', 7, null)
    await clock.pass(5000)
    expect(told.at(-1)).toBe('unfit: check http: status 503 (3 times in 2.0 s)')
  })

  it('shares a restart with another one that fails with it', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { clock, world, told } = await assemble([check('http'), check('login')], () => promise)
    world.isGood = false
    await clock.pass(10_000)
    world.isGood = true
    resolve()
    await clock.pass(5000)
    expect([world.restarts, told.at(-1)]).toEqual([1, 'fit'])
  })

  it('goes on as if nothing had been where the restart fails, and says so', async () => {
    const { clock, world, told, lines } = await assemble([check('http')], () => Promise.reject(new Error('nginx still runs')))
    world.isGood = false
    await clock.pass(10_000)
    expect(told.at(-1)).toMatch(/^unfit/)
    expect(lines.find(({ event }) => event === 'check-restart-failed')?.fields).toEqual({
      group: 'web',
      check: 'http',
      why: 'nginx still runs',
    })
  })
})
