import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { CheckSpec, ClusterSpec, DataPosition, Fitness } from '../model/index.ts'
import type { Logger } from '../ports.ts'
import { createCheckRunner } from './check-runner.ts'
import { createHandClock } from './clock-for-tests.ts'
import { bad, defineKind, good } from './kind.ts'
import type { Means, ProbeContext, ProbeResult } from './kind.ts'
import { checkKinds } from './kinds.ts'

const silent: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const check = (id: string, more: Partial<CheckSpec> = {}): CheckSpec => ({
  id,
  kind: 'test',
  on: 'both',
  everyMs: 1000,
  timeoutMs: 400,
  rise: 2,
  fall: 3,
  graceMs: 0,
  options: { name: id },
  ...more,
})
const spec = (checks: readonly CheckSpec[], nodes: readonly string[] = ['n1', 'n2']): ClusterSpec => ({
  name: 'shop',
  timing: { heartbeatMs: 100, leaseMs: 1000, electionMs: 900, driftPpmMax: 1000 },
  nodes: ['n1', 'n2'].map((id) => ({ id, site: id === 'n1' ? 'paris' : 'rome', address: '10.0.0.1', voter: true, witness: false })),
  groups: [
    {
      id: 'web',
      mode: 'active-standby',
      nodes,
      endpoints: [
        { id: 'arp-1', backend: 'arp', at: 'paris', options: { address: '10.0.0.50/24' } },
        { id: 'arp-2', backend: 'arp', at: 'rome', options: { address: '10.1.0.50/24' } },
      ],
      ...(checks.length === 0 ? {} : { checks }),
    },
  ],
})

/** A runner for node n1 whose probes answer as `world` has it: at once, or never while it says nothing. */
function assemble() {
  const clock = createHandClock()
  const world = {
    answers: new Map<string, () => Promise<ProbeResult>>(),
    probed: [] as string[],
    running: 0,
    most: 0,
    aborted: [] as string[],
    contexts: [] as ProbeContext[],
  }
  const kind = (means: Means) =>
    defineKind({
      schema: z.strictObject({ name: z.string(), act: z.boolean().optional() }),
      means,
      probe: ({ name }, context) => {
        world.contexts.push(context)
        return async (signal) => {
          world.probed.push(name)
          world.running += 1
          world.most = Math.max(world.most, world.running)
          signal.addEventListener('abort', () => world.aborted.push(name))
          try {
            return await (world.answers.get(name) ?? (() => Promise.resolve(good())))()
          } finally {
            world.running -= 1
          }
        }
      },
    })
  const told: string[] = []
  const positions: (DataPosition | null)[] = []
  const complaints: (number | null)[] = []
  const runner = createCheckRunner({
    node: 'n1',
    interfaces: { lan: 'eth0' },
    clock,
    logger: silent,
    onFitness: (_, { level, reasons }: Fitness) => told.push([level, ...reasons].join(': ')),
    onPosition: (_, position) => positions.push(position),
    onUnreached: (_, epoch) => complaints.push(epoch),
    kinds: new Map([
      ['test', kind('network')],
      ['program', kind('program')],
      ['peer', { ...kind('network'), fromPeers: true }],
      ...['disk', 'process', 'interface'].map((name) => [name, kind(checkKinds.get(name)?.means ?? 'network')] as const),
    ]),
  })
  const says = (name: string, result: ProbeResult): void => void world.answers.set(name, () => Promise.resolve(result))
  return { runner, clock, world, told, says, positions, complaints }
}

describe('the checks of a group', () => {
  it('keep the node from being chosen until all have passed, and then say nothing more', async () => {
    const { runner, clock, told } = assemble()
    runner.onSpec(spec([check('a'), check('b')]))
    expect(told).toEqual(['keep: check a has not passed yet: check b has not passed yet'])
    await clock.pass(5000)
    expect(told.at(-1)).toBe('fit')
    expect(told).toHaveLength(3)
  })

  it('make it unfit after so many bad results, within as many periods', async () => {
    const { runner, clock, told, says } = assemble()
    runner.onSpec(spec([check('a')]))
    await clock.pass(5000)
    says('a', bad('status 503'))
    await clock.pass(3000)
    expect(told.at(-1)).toBe('unfit: check a: status 503 (3 times in 2.0 s)')
    says('a', good())
    await clock.pass(2000)
    expect(told.at(-1)).toBe('fit: check a passes again after a failure')
    await clock.pass(10_000)
    expect(told.at(-1)).toBe('fit')
  })

  it('tell how far the data is, as of the beginning of the probe, only of a group that goes by it, and only while they pass', async () => {
    const { runner, clock, says, positions } = assemble()
    const byData = (prefer: object): ClusterSpec => {
      const plain = spec([check('a')])
      return { ...plain, groups: plain.groups.map((group) => ({ ...group, ...prefer })) }
    }
    says('a', { ...good(), position: 7 })
    runner.onSpec(byData({}))
    await clock.pass(2000)
    expect(positions).toEqual([])
    runner.onSpec(byData({ placement: { prefer: 'current' } }))
    await clock.pass(1000)
    expect(positions).toMatchObject([{ position: '7' }, { position: '7' }])
    says('a', { ...good(), position: '0/8' })
    await clock.pass(2000)
    expect(positions.map((told) => told?.position)).toEqual(['7', '7', '0/8', '0/8'])
    expect((positions[3]?.at ?? 0) - (positions[2]?.at ?? 0)).toBe(1000)
    says('a', { ...bad('down'), position: '0/8' })
    await clock.pass(2000)
    expect(positions.slice(4)).toEqual([null])
  })

  it('say nothing of a group that has none', async () => {
    const { runner, clock, told } = assemble()
    runner.onSpec(spec([]))
    await clock.pass(5000)
    expect(told).toEqual([])
    expect(runner.status()).toEqual({})
  })

  it('do not run where the node may not hold the group', async () => {
    const { runner, clock, told, world } = assemble()
    runner.onSpec(spec([check('a')], ['n2']))
    await clock.pass(5000)
    expect([told, world.probed]).toEqual([[], []])
  })

  it('go on undisturbed when something else of the configuration changes, and begin anew when they do', async () => {
    const { runner, clock, told, world } = assemble()
    runner.onSpec(spec([check('a')]))
    await clock.pass(100)
    runner.onSpec(spec([check('a')], ['n1']))
    expect(told).toEqual(['keep: check a has not passed yet', 'fit'])
    runner.onSpec(spec([check('a', { everyMs: 500 })], ['n1']))
    expect(told.at(-1)).toBe('keep: check a has not passed yet')
    runner.onSpec(spec([], ['n1']))
    expect(told.at(-1)).toBe('fit')
    const { length } = world.probed
    await clock.pass(5000)
    expect(world.probed).toHaveLength(length)
  })

  it('know the interfaces of this machine and the addresses of their group at this site', () => {
    const { runner, world } = assemble()
    runner.onSpec(spec([check('a')]))
    expect(world.contexts).toEqual([{ node: 'n1', group: 'web', interfaces: { lan: 'eth0' }, addresses: ['10.0.0.50'] }])
  })

  it('make the node unfit where this version does not know their kind or their options', async () => {
    const { runner, clock, told } = assemble()
    runner.onSpec(spec([check('a', { kind: 'quantum' }), check('b', { options: { nome: 'b' } })]))
    await clock.pass(5000)
    expect(told.at(-1)).toMatch(/^unfit: check a: this version of movip knows no quantum checks.*: check b: .* options of this test check/)
  })

  it('end with the daemon', async () => {
    const { runner, clock, world } = assemble()
    world.answers.set('a', () => new Promise(() => undefined))
    runner.onSpec(spec([check('a')]))
    await clock.pass(1)
    runner.close()
    expect(world.aborted).toEqual(['a'])
    await clock.pass(5000)
    expect(world.probed).toEqual(['a'])
  })
})

describe('a check for one role', () => {
  it('runs only where the group is active, with its grace there', async () => {
    const { runner, clock, told, world, says } = assemble()
    says('a', bad('not up yet'))
    runner.onSpec(spec([check('a', { on: 'active', graceMs: 3000 })]))
    await clock.pass(5000)
    expect([world.probed, told]).toEqual([[], ['fit']])
    runner.onHolding('web', 7, 'claiming')
    await clock.pass(2000)
    expect(world.probed).toEqual([])
    runner.onHolding('web', 7, 'active')
    await clock.pass(2500)
    expect(world.probed).not.toEqual([])
    expect(told.at(-1)).toBe('keep: check a has not passed yet')
    await clock.pass(4000)
    expect(told.at(-1)).toMatch(/^unfit: check a: not up yet/)
  })

  it('keeps a node that let go because of it from getting the group back for the hold-off', async () => {
    const { runner, clock, told, world, says } = assemble()
    runner.onSpec(spec([check('a', { on: 'active' })]))
    runner.onHolding('web', 7, 'active')
    await clock.pass(1000)
    says('a', bad('status 503'))
    await clock.pass(4000)
    runner.onHolding('web', 7, 'releasing')
    runner.onHolding('web', 7, null)
    const { length } = world.probed
    await clock.pass(8000)
    expect(world.probed).toHaveLength(length)
    expect(told.at(-1)).toMatch(/^unfit: check a: status 503 .*; it was active here then$/)
    await clock.pass(10_000)
    expect(told.at(-1)).toBe('fit')
  })

  it('goes on while the holder mends an endpoint, and is not ended by the last word on an older epoch', async () => {
    const { runner, clock, world } = assemble()
    runner.onSpec(spec([check('a', { on: 'active' })]))
    runner.onHolding('web', 7, 'active')
    runner.onHolding('web', 7, 'releasing')
    runner.onHolding('web', 9, 'active')
    runner.onHolding('web', 7, null)
    runner.onHolding('web', 9, 'claiming')
    await clock.pass(3500)
    expect(world.probed.length).toBeGreaterThanOrEqual(3)
  })

  it('for the standby ceases when the group becomes active here', async () => {
    const { runner, clock, told, world, says } = assemble()
    says('a', bad('behind'))
    runner.onSpec(spec([check('a', { on: 'standby' })]))
    await clock.pass(5000)
    expect(told.at(-1)).toMatch(/^unfit/)
    says('a', good())
    await clock.pass(3000)
    runner.onHolding('web', 7, 'active')
    expect(told.at(-1)).toBe('fit')
    const { length } = world.probed
    await clock.pass(3000)
    expect(world.probed).toHaveLength(length)
  })
})

describe('a probe', () => {
  it('that takes too long has failed, and the next one waits until it has really ended', async () => {
    const { runner, clock, told, world } = assemble()
    const { promise, resolve } = Promise.withResolvers<ProbeResult>()
    world.answers.set('a', () => promise)
    runner.onSpec(spec([check('a', { fall: 1 })]))
    await clock.pass(400)
    expect(told.at(-1)).toBe('unfit: check a: no answer within 400 ms')
    expect(world.aborted).toEqual(['a'])
    await clock.pass(5000)
    expect(world.probed).toEqual(['a'])
    expect(runner.status()['web']?.[0]?.reason).toMatch(/^an earlier probe hangs since \d\.\d s$/)
    resolve(good())
    world.answers.delete('a')
    await clock.pass(2000)
    expect(world.probed.length).toBeGreaterThan(1)
    expect(world.most).toBe(1)
  })

  it('that was under way when its check ceased counts for nothing, and is waited for when the check begins again', async () => {
    const { runner, clock, told, world, says } = assemble()
    const { promise, resolve } = Promise.withResolvers<ProbeResult>()
    world.answers.set('a', () => promise)
    runner.onSpec(spec([check('a', { on: 'active', fall: 1, everyMs: 60_000, timeoutMs: 60_000 })]))
    runner.onHolding('web', 7, 'active')
    await clock.pass(10)
    runner.onHolding('web', 7, 'releasing')
    runner.onHolding('web', 9, 'active')
    await clock.pass(10)
    expect(world.probed).toEqual(['a'])
    says('a', good())
    resolve(bad('late'))
    await clock.pass(10)
    expect(world.probed).toEqual(['a', 'a'])
    expect(told.at(-1)).toBe('fit')
    expect(told.join()).not.toContain('late')
  })

  it('that has much to say is cut short', async () => {
    const { runner, clock, told, says } = assemble()
    says('a', bad('x'.repeat(100_000)))
    runner.onSpec(spec([check('a', { fall: 1 })]))
    await clock.pass(10)
    expect(told.at(-1)).toBe(`unfit: check a: ${'x'.repeat(300)}`)
  })

  it('that throws has failed with its reason', async () => {
    const { runner, clock, told, world } = assemble()
    world.answers.set('a', () => Promise.reject(new Error('connection refused')))
    runner.onSpec(spec([check('a', { fall: 1 })]))
    await clock.pass(10)
    expect(told.at(-1)).toBe('unfit: check a: connection refused')
  })

  it('is one of a bounded number of programs at a time, of which all get their turn', async () => {
    const { runner, clock, told, world } = assemble()
    const names = Array.from({ length: 30 }, (_, index) => `p${index}`)
    for (const name of names)
      world.answers.set(name, () => new Promise((resolve) => void clock.at(clock.now() + 50, () => resolve(good()))))
    runner.onSpec(spec(names.map((name) => check(name, { kind: 'program', everyMs: 60_000 }))))
    await clock.pass(1000)
    expect(world.most).toBe(8)
    expect(new Set(world.probed)).toEqual(new Set(names))
    expect(told.at(-1)).toBe('fit')
  })

  it('of processes and interfaces get their turn while disks hang', async () => {
    const { runner, clock, world } = assemble()
    const disks = ['a', 'b', 'c'].map((id) => check(id, { kind: 'disk' }))
    for (const { id } of disks) world.answers.set(id, () => new Promise(() => undefined))
    runner.onSpec(spec(disks))
    await clock.pass(1000)
    runner.onSpec(spec([...disks, check('process', { kind: 'process' }), check('interface', { kind: 'interface' })]))
    await clock.pass(2000)
    expect(world.probed).toEqual(expect.arrayContaining(['process', 'interface']))
    expect(world.probed).not.toContain('c')
  })

  it('that never gets its turn has failed, too', async () => {
    const { runner, clock, told, world } = assemble()
    const names = Array.from({ length: 8 }, (_, index) => `hangs${index}`)
    for (const name of names) world.answers.set(name, () => new Promise(() => undefined))
    runner.onSpec(spec(names.map((name) => check(name, { kind: 'program' }))))
    await clock.pass(100)
    runner.onSpec(spec([...names.map((name) => check(name, { kind: 'program' })), check('late', { kind: 'program' })]))
    await clock.pass(15_000)
    expect(world.probed).not.toContain('late')
    expect(told.at(-1)).toMatch(/check late: no turn for 1\d\.\d s: other checks hang or take too long/)
  })

  it('is not made at the same time as those of all other checks', async () => {
    const { runner, clock, world } = assemble()
    runner.onSpec(spec(Array.from({ length: 40 }, (_, index) => check(`c${index}`))))
    await clock.pass(2000)
    world.probed.length = 0
    await clock.pass(500)
    expect(world.probed.length).toBeGreaterThan(8)
    expect(world.probed.length).toBeLessThan(32)
  })
})

describe('the status of a check', () => {
  it('tells state, age, last result and what holds the node off', async () => {
    const { runner, clock, says } = assemble()
    says('a', { ok: true, reason: null, position: '0/16B3748', lagMs: 12 })
    runner.onSpec(spec([check('a')]))
    await clock.pass(2500)
    expect(runner.status()).toEqual({
      web: [
        expect.objectContaining({
          id: 'a',
          kind: 'test',
          on: 'both',
          state: 'passing',
          lastOk: true,
          failures: 0,
          heldOffMs: 0,
          position: '0/16B3748',
          lagMs: 12,
        }),
      ],
    })
    says('a', bad('status 503'))
    await clock.pass(5000)
    const [status] = runner.status()['web'] ?? []
    expect(status).toMatchObject({ state: 'failing', reason: 'status 503', lastOk: false, lastTookMs: 0, failures: 1 })
    expect(status?.heldOffMs).toBeGreaterThan(0)
    expect(status?.sinceMs).toBeGreaterThan(1000)
  })
})

describe('a check by peers', () => {
  const peer = check('reach', { kind: 'peer', on: 'standby' })
  const given = (node: string | null, epoch: number) => ({ web: { node, epoch, cause: 'test' } })

  it('runs while another node has the group, knows the addresses of all sites, and says nothing of its own node', async () => {
    const { runner, clock, told, world, says } = assemble()
    says('reach', bad('no route'))
    runner.onSpec(spec([peer]))
    await clock.pass(5000)
    expect(world.probed).toEqual([])
    expect(world.contexts[0]?.addresses).toEqual(['10.0.0.50', '10.1.0.50'])
    runner.onAssignments(given('n2', 4))
    await clock.pass(5000)
    expect(runner.status()['web']).toMatchObject([{ state: 'failing', reason: 'no route' }])
    expect(told).toEqual([])
    runner.onAssignments(given('n1', 9))
    const { length } = world.probed
    await clock.pass(5000)
    expect([world.probed.length, runner.status()['web']?.[0]?.state]).toEqual([length, 'idle'])
  })

  it('begins anew with each holder, which gets its grace', async () => {
    const { runner, clock, says } = assemble()
    runner.onSpec(spec([{ ...peer, graceMs: 3000 }], ['n1', 'n2', 'n3']))
    says('reach', bad('no route'))
    runner.onAssignments(given('n2', 4))
    await clock.pass(7000)
    const state = () => runner.status()['web']?.[0]?.state
    expect(state()).toBe('failing')
    runner.onAssignments(given('n3', 9))
    await clock.pass(3000)
    expect(state()).toBe('pending')
    await clock.pass(4000)
    expect(state()).toBe('failing')
    runner.onAssignments(given(null, 12))
    expect(state()).toBe('idle')
  })

  it('complains of a holder only where it may, and not of one after the other', async () => {
    const { runner, clock, says, complaints } = assemble()
    const onN3 = spec([{ ...peer, options: { name: 'reach', act: true } }], ['n1', 'n2', 'n3'])
    runner.onSpec(onN3)
    // It has never reached the group: that may be its own fault.
    says('reach', bad('no route'))
    runner.onAssignments(given('n2', 4))
    await clock.pass(5000)
    expect(complaints).toEqual([])
    says('reach', good())
    await clock.pass(5000)
    says('reach', bad('no route'))
    await clock.pass(5000)
    expect(complaints).toEqual([4])
    runner.onAssignments(given('n3', 9))
    await clock.pass(10_000)
    expect(complaints).toEqual([4, null])
    says('reach', good())
    await clock.pass(5000)
    says('reach', bad('no route'))
    await clock.pass(5000)
    expect(complaints).toEqual([4, null, 9])
    says('reach', good())
    await clock.pass(5000)
    expect(complaints).toEqual([4, null, 9, null])
  })

  it('that is not to act only warns', async () => {
    const { runner, clock, says, complaints } = assemble()
    runner.onSpec(spec([peer]))
    runner.onAssignments(given('n2', 4))
    await clock.pass(5000)
    says('reach', bad('no route'))
    await clock.pass(5000)
    expect([complaints, runner.status()['web']?.[0]?.state]).toEqual([[], 'failing'])
  })
})
