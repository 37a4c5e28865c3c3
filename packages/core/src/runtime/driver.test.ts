import { describe, expect, it } from 'vitest'
import { createClock } from '../adapters/clock.ts'
import type { Backend, Observation } from '../backend.ts'
import { timingProfiles } from '../config/timing.ts'
import type { Effect, Engine, Input } from '../engine/types.ts'
import type { ClusterSpec } from '../model/index.ts'
import type { Logger } from '../ports.ts'
import { createRunner } from '../runner/runner.ts'
import { createDriver } from './driver.ts'
import { createExecutor } from './executor.ts'

type Script = (input: Input) => readonly Effect[]

/** A backend whose far side is a flag. */
function flagBackend(behaviour: Partial<Backend> = {}): Backend & { up: boolean; calls: string[]; lease: number } {
  const backend = {
    up: false,
    lease: 0,
    calls: [] as string[],
    capabilities: { exclusive: false, kernelFenced: true, settleMs: 0 },
    preflight: () => Promise.resolve([]),
    observe: (): Promise<Observation> => Promise.resolve({ state: backend.up ? 'here' : 'nowhere' }),
    claim: (grant: { until: number }) => {
      backend.calls.push('claim')
      backend.up = true
      backend.lease = grant.until
      return Promise.resolve()
    },
    renew: (grant: { until: number }) => {
      backend.calls.push('renew')
      backend.lease = grant.until
      return true
    },
    release: () => {
      backend.calls.push('release')
      backend.up = false
      return Promise.resolve()
    },
    close: () => Promise.resolve(),
    ...behaviour,
  }
  return backend
}

function assemble(script: Script, backend: Backend = flagBackend()) {
  const done: string[] = []
  const inputs: Input[] = []
  const lines: { level: string; event: string; fields: Record<string, unknown> }[] = []
  const line =
    (level: string) =>
    (event: string, fields = {}) =>
      void lines.push({ level, event, fields })
  const logger: Logger = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
  const clock = createClock()
  const engine: Engine = {
    step: (input) => {
      inputs.push(input)
      return script(input)
    },
    status: () => {
      throw new Error('no status in this test')
    },
    state: () => {
      throw new Error('no state in this test')
    },
    handOver: () => ({ ok: false, why: 'not in this test' }),
  }
  const runner = createRunner({ self: 'n1' })
  const executor = createExecutor({
    clock,
    backendOf: () => backend,
    onSettled: (call, result) => driver.tellRunner({ type: 'settled', call, result }),
    onLapsed: (group, endpoint) => driver.tellRunner({ type: 'lapsed', group, endpoint }),
  })
  const driver = createDriver({
    node: 'n1',
    generation: 1,
    engine,
    runner,
    executor,
    clock,
    logger,
    transport: { send: (to) => void done.push(`send ${to}`) },
    storage: { write: ({ id }) => void done.push(`write ${id}`), refuse: (why) => void done.push(`refuse ${why}`) },
    onSpec: () => void done.push('spec'),
  })
  driver.tellRunner({ type: 'endpoints', group: 'web', endpoints: [{ id: 'a', capabilities: backend.capabilities }] })
  return { driver, done, inputs, lines, clock, runner }
}

const beat = { type: 'timeout-now', from: 'n1', incarnation: { dataId: 'd', generation: 1 }, to: 'n2', term: 1 } as const
const whenWoken = (effects: (now: number) => readonly Effect[]): Script => {
  let given = false
  return ({ type, now }) => {
    if (given || type !== 'wake') return []
    given = true
    return effects(now)
  }
}
const until = async (condition: () => boolean): Promise<void> => {
  const end = performance.now() + 5000
  while (!condition()) {
    if (performance.now() > end) throw new Error('it did not come about within 5 s')
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

describe('the driver', () => {
  it('performs effects strictly in their order', () => {
    const { driver, done } = assemble(
      whenWoken(() => [
        { type: 'persist', write: { id: 1 } },
        { type: 'send', to: 'all', message: beat },
        { type: 'persist', write: { id: 2 } },
        { type: 'send', to: 'n2', message: beat },
      ]),
    )
    driver.tell({ type: 'wake' })
    expect(done).toEqual(['write 1', 'send all', 'write 2', 'send n2'])
  })

  it('never steps the engine inside a step', () => {
    let depth = 0
    const depths: number[] = []
    const { driver, inputs } = assemble((input) => {
      depths.push(++depth)
      if (input.type === 'wake') driver.tell({ type: 'swept' })
      depth -= 1
      return []
    })
    driver.tell({ type: 'wake' })
    expect(inputs.map(({ type }) => type)).toEqual(['wake', 'swept'])
    expect(depths).toEqual([1, 1])
  })

  it('claims under a lease, renews, releases on a drop and tells the engine each', async () => {
    const backend = flagBackend()
    const leases: Script = ({ type, now }) => {
      if (type === 'wake') return [{ type: 'lease', group: 'web', epoch: 3, until: now + 60_000 }]
      if (type === 'swept') return [{ type: 'lease', group: 'web', epoch: 3, until: now + 70_000 }]
      if (type === 'stop') return [{ type: 'drop', group: 'web', epoch: 3, cause: 'stopping' }]
      return []
    }
    const { driver, inputs } = assemble(leases, backend)
    const said = () => inputs.flatMap((input) => (input.type === 'holding' ? [input.state] : input.type === 'released' ? ['released'] : []))
    driver.tell({ type: 'wake' })
    await until(() => said().includes('active'))
    driver.tell({ type: 'swept' })
    driver.tell({ type: 'stop' })
    await until(() => said().includes('released'))
    expect(backend.calls).toEqual(['claim', 'renew', 'release'])
    expect(said()).toEqual(['claiming', 'active', 'releasing', 'released'])
    expect(driver.events.last(10).map(({ event }) => event.type)).toEqual(['active', 'released'])
    driver.giveUp({ code: 0, why: 'end of test' }, 10)
  })

  it('aborts a claim at the end of its lease, and goes on with it while the lease is renewed', async () => {
    let aborted = Infinity
    let renewals = 0
    const slow = flagBackend({
      claim: (_grant, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            aborted = clock.now()
            reject(new Error('aborted'))
          })
        }),
    })
    let end = 0
    const { driver, clock, inputs } = assemble(({ type, now }) => {
      if (type !== 'wake' || renewals >= 3) return []
      renewals += 1
      end = now + 60
      return [
        { type: 'lease', group: 'web', epoch: 1, until: end },
        { type: 'wake', at: now + 30 },
      ]
    }, slow)
    driver.tell({ type: 'wake' })
    await until(() => inputs.some(({ type }) => type === 'released'))
    expect(renewals).toBe(3)
    expect(aborted).toBeGreaterThanOrEqual(end)
    driver.giveUp({ code: 0, why: 'end of test' }, 10)
  })

  it('claims again when the kernel refuses a renewal', async () => {
    let refused = false
    const backend = flagBackend({
      renew: () => {
        refused = true
        return false
      },
    })
    const { driver } = assemble(
      ({ type, now }) => (type === 'wake' || type === 'swept' ? [{ type: 'lease', group: 'web', epoch: 1, until: now + 60_000 }] : []),
      backend,
    )
    driver.tell({ type: 'wake' })
    await until(() => driver.events.last(10).some(({ event }) => event.type === 'active'))
    driver.tell({ type: 'swept' })
    await until(() => driver.events.last(10).some(({ event }) => event.type === 'repaired'))
    expect(refused).toBe(true)
    expect(backend.calls.filter((call) => call === 'claim')).toHaveLength(2)
    driver.giveUp({ code: 0, why: 'end of test' }, 10)
  })

  it('lets go of everything and ends with 1 when the engine throws', async () => {
    const backend = flagBackend()
    const { driver, lines } = assemble(({ type, now }) => {
      if (type === 'swept') throw new Error('invariant: two coordinators in one term')
      return type === 'wake' ? [{ type: 'lease', group: 'web', epoch: 1, until: now + 60_000 }] : []
    }, backend)
    driver.tell({ type: 'wake' })
    await until(() => driver.events.last(10).some(({ event }) => event.type === 'active'))
    driver.tell({ type: 'swept' })
    expect(await driver.ended).toMatchObject({ code: 1 })
    expect(backend.up).toBe(false)
    expect(lines.find(({ event }) => event === 'broken')?.fields['error']).toContain('two coordinators')
  })

  it('does nothing of what follows the effect that ends it', async () => {
    const { driver, done } = assemble(
      whenWoken(() => [
        { type: 'persist', write: { id: 1 } },
        { type: 'fatal', code: 'STALE_DATA', message: 'this folder was put back' },
        { type: 'persist', write: { id: 2 } },
        { type: 'send', to: 'all', message: beat },
      ]),
    )
    driver.tell({ type: 'wake' })
    await driver.ended
    expect(done).toEqual(['write 1', 'refuse STALE_DATA: this folder was put back'])
  })

  it('ends within its bound although a release hangs, and names what is left', async () => {
    const hanging = flagBackend({ release: () => new Promise(() => undefined) })
    const { driver, done, lines } = assemble(({ type, now }) => {
      if (type === 'wake') return [{ type: 'lease', group: 'web', epoch: 1, until: now + 60_000 }]
      return type === 'swept' ? [{ type: 'fatal', code: 'STALE_DATA', message: 'this folder was put back' }] : []
    }, hanging)
    driver.tell({ type: 'wake' })
    await until(() => driver.events.last(10).some(({ event }) => event.type === 'active'))
    const startedAt = performance.now()
    driver.tell({ type: 'swept' })
    expect(await driver.ended).toEqual({ code: 1, why: 'STALE_DATA: this folder was put back' })
    expect(done).toContain('refuse STALE_DATA: this folder was put back')
    expect(performance.now() - startedAt).toBeLessThan(3000)
    expect(lines.find(({ event }) => event === 'not-released')?.fields).toEqual({ endpoints: ['web/a'] })
  })

  it('leaves nobody who asked it something without an answer when it ends', async () => {
    const { driver } = assemble(({ type }) => (type === 'stop' ? [{ type: 'stopped' }] : []))
    const reply = driver.request({ type: 'switchover', group: 'web' }, 60_000)
    driver.tell({ type: 'stop' })
    expect(await reply).toMatchObject({ ok: false, message: expect.stringContaining('this daemon ended') })
    expect((await driver.ended).code).toBe(0)
  })

  it('ends with 0 when the engine has handed over', async () => {
    const { driver } = assemble(({ type }) => (type === 'stop' ? [{ type: 'stopped' }] : []))
    driver.tell({ type: 'stop' })
    expect((await driver.ended).code).toBe(0)
  })

  it('gives the reply of the engine to the request it belongs to, and a timeout to one without', async () => {
    const { driver } = assemble((input) =>
      input.type === 'request' && input.request.type === 'switchover' && input.request.group === 'web'
        ? [{ type: 'reply', id: input.id, reply: { ok: true, group: 'web', from: 'n1', to: 'n2', epoch: 9 } }]
        : [],
    )
    expect(await driver.request({ type: 'switchover', group: 'web' }, 1000)).toMatchObject({ ok: true, to: 'n2' })
    expect(await driver.request({ type: 'switchover', group: 'other' }, 20)).toMatchObject({ ok: false, code: 'timeout' })
  })

  it('tells whoever brings a configuration whether it was taken, each about the own one', async () => {
    const { driver } = assemble((input) =>
      input.type === 'configure' ? [{ type: 'configured', id: input.id, refused: input.spec.name === 'good' ? null : 'not now' }] : [],
    )
    const spec = (name: string): ClusterSpec => ({ name, timing: timingProfiles.lan, nodes: [], groups: [] })
    expect(await Promise.all([driver.configure(spec('good')), driver.configure(spec('bad'))])).toEqual([null, 'not now'])
  })

  it('takes no configuration any more once it has ended', async () => {
    const { driver } = assemble(() => [])
    driver.giveUp({ code: 0, why: 'end of test' }, 10)
    expect(await driver.configure({ name: 'good', timing: timingProfiles.lan, nodes: [], groups: [] })).toBe('this daemon is about to end')
  })

  it('answers a release of everything when all is released', async () => {
    const backend = flagBackend()
    const { driver } = assemble(({ type, now }) => {
      if (type === 'wake') return [{ type: 'lease', group: 'web', epoch: 1, until: now + 60_000 }]
      return type === 'release-all' ? [{ type: 'drop', group: 'web', epoch: 1, cause: 'operator' }] : []
    }, backend)
    driver.tell({ type: 'wake' })
    await until(() => driver.events.last(10).some(({ event }) => event.type === 'active'))
    expect(await driver.releaseAll(2000)).toEqual({ released: ['web'], left: [] })
    expect(backend.up).toBe(false)
    driver.giveUp({ code: 0, why: 'end of test' }, 10)
  })

  it('keeps the newest thousand events', () => {
    const { driver } = assemble(({ type }) =>
      type === 'wake' ? [{ type: 'event', event: { type: 'quorum', state: 'reached', why: 'a test' } }] : [],
    )
    for (let count = 0; count < 1100; count += 1) driver.tell({ type: 'wake' })
    expect(driver.events.last(5000)).toHaveLength(1000)
    expect(driver.events.last(3)).toHaveLength(3)
  })
})
