import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createClock } from '../adapters/clock.ts'
import type { Backend, BackendContext, Finding } from '../backend.ts'
import type { ClusterSpec, EndpointSpec, Fitness } from '../model/index.ts'
import type { Logger } from '../ports.ts'
import type { GroupStatus } from '../runner/types.ts'
import type { RunnerNews } from './turns.ts'
import { createEndpointKeeper } from './endpoint-keeper.ts'
import type { EndpointKeeper } from './endpoint-keeper.ts'

const silent: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const endpoint = (id: string, address: string, at?: string): EndpointSpec => ({
  id,
  backend: 'test',
  options: { address },
  ...(at === undefined ? {} : { at }),
})
const spec = (endpoints: readonly EndpointSpec[], nodes: readonly string[] = ['n1', 'n2']): ClusterSpec => ({
  name: 'shop',
  timing: { heartbeatMs: 100, leaseMs: 1000, electionMs: 900, driftPpmMax: 1000 },
  nodes: ['n1', 'n2'].map((id) => ({ id, site: id === 'n1' ? 'paris' : 'rome', address: '10.0.0.1', voter: true, witness: false })),
  groups: [{ id: 'web', mode: 'active-standby', nodes, endpoints }],
})

const open: EndpointKeeper[] = []
afterEach(() => Promise.all(open.splice(0).map((keeper) => keeper.close())))

/** The real clock, which a test may put forward: what is due by then happens at once. */
function jumpingClock() {
  const real = createClock()
  const due = new Set<{ readonly at: number; readonly callback: () => void; readonly cancel: () => void }>()
  let aheadMs = 0
  const now = (): number => real.now() + aheadMs
  const at = (instant: number, callback: () => void): (() => void) => {
    const fire = (): void => {
      due.delete(entry)
      callback()
    }
    const entry = { at: instant, callback: fire, cancel: real.at(instant - aheadMs, fire) }
    due.add(entry)
    return () => {
      due.delete(entry)
      entry.cancel()
    }
  }
  const jump = (ms: number): void => {
    aheadMs += ms
    for (const entry of [...due].filter((other) => other.at <= now())) {
      entry.cancel()
      entry.callback()
    }
  }
  return { now, at, jump }
}

/** A keeper for node n1 with backends that only remember; `trouble` is what preflight finds, `answer` what making one waits for. */
function assemble() {
  const clock = jumpingClock()
  const warned: string[] = []
  const world = {
    made: [] as string[],
    closed: [] as string[],
    announced: [] as string[],
    contexts: new Map<string, BackendContext>(),
    trouble: null as string | null,
    refuse: false,
    answer: Promise.resolve(),
  }
  const fitness: Fitness[] = []
  const told: string[][] = []
  let held: GroupStatus[] = []
  const findings = (): Finding[] =>
    world.trouble === null ? [] : [{ severity: 'error', code: 'TEST', message: world.trouble, fix: 'mend it' }]
  const kind = {
    schema: z.strictObject({ address: z.string(), interface: z.string().optional() }),
    describe: ({ address }: { address: string }) => address,
    claims: () => [],
    create: async ({ address }: { address: string }, context: BackendContext): Promise<Backend> => {
      if (world.refuse) throw new Error('no such interface')
      await world.answer
      world.made.push(address)
      world.contexts.set(address, context)
      return {
        capabilities: { exclusive: false, kernelFenced: true, settleMs: 0 },
        preflight: () => Promise.resolve(findings()),
        observe: () => Promise.resolve({ state: 'nowhere' as const }),
        claim: () => Promise.resolve(),
        release: () => Promise.resolve(),
        announce: () => void world.announced.push(address),
        close: () => Promise.resolve(void world.closed.push(address)),
      }
    },
  }
  const keeper = createEndpointKeeper({
    node: 'n1',
    interfaces: {},
    secret: () => Promise.reject(new Error('there are no secrets')),
    health: { listen: [], open: () => Promise.reject(new Error('nobody asks here')) },
    clock,
    logger: { ...silent, warn: (event) => void warned.push(event) },
    tellRunner: (news: RunnerNews) => {
      if (news.type === 'endpoints') told.push(news.endpoints.map(({ id }) => id))
    },
    onFitness: (_group, next) => void fitness.push(next),
    statusOf: (group) => held.find((status) => status.group === group) ?? null,
    resolve: () =>
      Promise.resolve({ plugins: new Map([['test', { package: 'test', plugin: { kinds: { test: kind } }, kind }]]), failures: new Map() }),
  })
  open.push(keeper)
  return {
    keeper,
    world,
    fitness,
    told,
    warned,
    jump: clock.jump,
    hold: (ids: string[]) => {
      held =
        ids.length === 0
          ? []
          : [{ group: 'web', epoch: 1, state: 'active', endpoints: ids.map((id) => ({ id, state: 'claimed', lastError: null })) }]
    },
  }
}
const until = async (condition: () => boolean): Promise<void> => {
  const end = performance.now() + 8000
  while (!condition()) {
    if (performance.now() > end) throw new Error('it did not come about within 8 s')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

describe('the keeper of endpoints', () => {
  it('does not touch an endpoint when a configuration changes something else, or only the order of its keys', async () => {
    const { keeper, world, told, fitness } = assemble()
    const vip: EndpointSpec = { id: 'a', backend: 'test', options: { address: '10.0.0.50', interface: 'lan' } }
    const before = spec([vip])
    keeper.onSpec(before)
    await until(() => fitness.at(-1)?.level === 'fit')
    const turned: EndpointSpec = { options: { interface: 'lan', address: '10.0.0.50' }, backend: 'test', id: 'a' }
    const [web] = spec([turned], ['n2', 'n1']).groups
    if (web === undefined) throw new Error('a group')
    const timing = { ...before.timing, leaseMs: 2000 }
    keeper.onSpec({ ...before, timing, groups: [web, { ...web, id: 'other', endpoints: [endpoint('b', '10.0.0.51')] }] })
    await until(() => world.made.includes('10.0.0.51'))
    expect(world.made).toEqual(['10.0.0.50', '10.0.0.51'])
    expect(world.closed).toEqual([])
    expect(told).toEqual([['a'], ['b']])
  })

  it('makes the endpoints of its own site and of every site, and tells the runner when all are made', async () => {
    const { keeper, world, told, fitness } = assemble()
    keeper.onSpec(spec([endpoint('a', '10.0.0.50', 'paris'), endpoint('b', '10.1.0.50', 'rome'), endpoint('c', '10.0.0.51')]))
    await until(() => fitness.at(-1)?.level === 'fit')
    expect(world.made.toSorted()).toEqual(['10.0.0.50', '10.0.0.51'])
    expect(told).toEqual([['a', 'c']])
    expect(keeper.describe('web', 'a')).toEqual({ describe: '10.0.0.50', unfit: null })
  })

  it('has every endpoint announced again', async () => {
    const { keeper, world, fitness } = assemble()
    keeper.onSpec(spec([endpoint('a', '10.0.0.50'), endpoint('b', '10.0.0.51')]))
    await until(() => fitness.at(-1)?.level === 'fit')
    keeper.announce()
    expect(world.announced.toSorted()).toEqual(['10.0.0.50', '10.0.0.51'])
  })

  it('makes nothing anew when only the lease changes: what is held stays up, and its backend counts with the new one', async () => {
    const { keeper, world, fitness, told, hold } = assemble()
    const before = spec([endpoint('a', '10.0.0.50')])
    keeper.onSpec(before)
    await until(() => fitness.at(-1)?.level === 'fit')
    hold(['a'])
    keeper.onSpec({ ...before, timing: { ...before.timing, leaseMs: 1500 } })
    expect(told).toEqual([['a']])
    expect(fitness.at(-1)?.level).toBe('fit')
    expect([world.made, world.closed]).toEqual([['10.0.0.50'], []])
    expect(world.contexts.get('10.0.0.50')?.leaseMs).toBe(1500)
  })

  it('makes nothing for a group that this node may not hold', async () => {
    const { keeper, world } = assemble()
    keeper.onSpec(spec([endpoint('a', '10.0.0.50')], ['n2']))
    await new Promise((resolve) => setImmediate(resolve))
    expect(world.made).toEqual([])
  })

  it('is unfit with the reason while an endpoint cannot be made, and tries again', async () => {
    const { keeper, world, fitness, told } = assemble()
    world.refuse = true
    keeper.onSpec(spec([endpoint('a', '10.0.0.50')]))
    await until(() => fitness.some(({ reasons }) => reasons[0] === '10.0.0.50: no such interface'))
    expect(told).toEqual([])
    world.refuse = false
    await until(() => fitness.at(-1)?.level === 'fit')
    expect(told).toEqual([['a']])
  })

  it('is unfit while a backend says so, and looks beforehand again when that is over', async () => {
    const { keeper, world, fitness } = assemble()
    world.trouble = 'link of eth0 is down'
    keeper.onSpec(spec([endpoint('a', '10.0.0.50')]))
    await until(() => fitness.at(-1)?.reasons[0] === '10.0.0.50: link of eth0 is down (mend it)')
    world.contexts.get('10.0.0.50')?.fitness('the link went down')
    await until(() => fitness.at(-1)?.reasons[0] === '10.0.0.50: the link went down')
    world.trouble = null
    world.contexts.get('10.0.0.50')?.fitness(null)
    await until(() => fitness.at(-1)?.level === 'fit')
    expect(keeper.describe('web', 'a').unfit).toBe(null)
  })

  it('looks beforehand every half minute, and sooner while that finds something', async () => {
    const { keeper, world, fitness, jump } = assemble()
    keeper.onSpec(spec([endpoint('a', '10.0.0.50')]))
    await until(() => fitness.at(-1)?.level === 'fit')
    jump(1000)
    world.trouble = 'its API does not answer'
    jump(20_000)
    await new Promise((resolve) => setImmediate(resolve))
    expect(fitness.at(-1)?.level).toBe('fit')
    jump(10_000)
    await until(() => fitness.at(-1)?.level === 'unfit')
    world.trouble = null
    jump(5000)
    await until(() => fitness.at(-1)?.level === 'fit')
  })

  it('closes an endpoint that was changed only once the runner has let go of it, and makes it anew then', async () => {
    const { keeper, world, told, hold, fitness } = assemble()
    keeper.onSpec(spec([endpoint('a', '10.0.0.50'), endpoint('b', '10.0.0.51')]))
    await until(() => fitness.at(-1)?.level === 'fit')
    hold(['a', 'b'])
    keeper.onSpec(spec([endpoint('a', '10.0.0.60'), endpoint('b', '10.0.0.51')]))
    expect(told.at(-1)).toEqual(['b'])
    keeper.look()
    expect(world.closed).toEqual([])
    expect(keeper.backendOf('web', 'a')).toBeDefined()
    hold(['b'])
    keeper.look()
    await until(() => told.at(-1)?.join() === 'a,b' || told.at(-1)?.join() === 'b,a')
    expect(world.closed).toEqual(['10.0.0.50'])
    expect(world.made).toEqual(['10.0.0.50', '10.0.0.51', '10.0.0.60'])
  })

  it('keeps the group while an endpoint of another configuration is made, and takes no group before all of its own are', async () => {
    const { keeper, fitness, hold } = assemble()
    keeper.onSpec(spec([endpoint('a', '10.0.0.50')]))
    await until(() => fitness.at(-1)?.level === 'fit')
    hold(['a'])
    keeper.onSpec(spec([endpoint('a', '10.0.0.50'), endpoint('b', '10.0.0.51')]))
    await until(() => fitness.length === 4)
    expect(fitness.map(({ level }) => level)).toEqual(['keep', 'fit', 'keep', 'fit'])
  })

  it('gives the group away, and says so, when an endpoint is not made in 10 s, and is fit as soon as it is', async () => {
    const { keeper, world, fitness, told, warned, jump } = assemble()
    let answer = (): void => undefined
    world.answer = new Promise((resolve) => (answer = resolve))
    keeper.onSpec(spec([endpoint('a', '10.0.0.50')]))
    await until(() => keeper.describe('web', 'a').describe === '10.0.0.50')
    jump(9000)
    expect(fitness.every(({ level }) => level === 'keep')).toBe(true)
    expect(warned).toEqual([])
    jump(1001)
    expect(fitness.at(-1)).toEqual({
      level: 'unfit',
      reasons: ['10.0.0.50: not set up after 10 s: its backend waits for something that does not answer'],
    })
    jump(5000)
    expect(warned).toEqual(['unfit'])
    answer()
    await until(() => fitness.at(-1)?.level === 'fit')
    expect(told).toEqual([['a']])
  })

  it('closes everything of a group that was removed', async () => {
    const { keeper, world, told, fitness } = assemble()
    keeper.onSpec(spec([endpoint('a', '10.0.0.50')]))
    await until(() => fitness.at(-1)?.level === 'fit')
    keeper.onSpec({ ...spec([]), groups: [] })
    await until(() => world.closed.length === 1)
    expect(told.at(-1)).toEqual([])
  })
})
