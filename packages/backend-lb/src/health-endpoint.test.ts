import { describe, expect, it } from 'vitest'
import type { Backend, BackendContext, BackendIncident, HealthAnswers } from '@movip/core/backend'
import type { Probe } from './asking.ts'
import { createHealthEndpoint } from './health-endpoint.ts'

/** A clock that stands until it is moved. */
function handClock() {
  let time = 0
  const due = new Map<() => void, number>()
  const now = (): number => time
  const at = (instant: number, callback: () => void): (() => void) => {
    due.set(callback, instant)
    return () => void due.delete(callback)
  }
  const move = async (ms: number): Promise<void> => {
    const end = time + ms
    for (;;) {
      const [next] = [...due].filter(([, instant]) => instant <= end).toSorted(([, a], [, b]) => a - b)
      if (next === undefined) break
      due.delete(next[0])
      time = Math.max(time, next[1])
      next[0]()
    }
    time = end
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve()
  }
  return { now, at, move }
}

/** What stands behind the kernel's lease, and remembers what was done to it. */
function guest(done: string[], renews = true): Backend {
  return {
    capabilities: { exclusive: false, kernelFenced: true, settleMs: 0 },
    preflight: () => Promise.resolve([]),
    observe: () => Promise.resolve({ state: 'here' }),
    claim: async () => void done.push('address up'),
    renew: () => renews,
    release: async () => void done.push('address down'),
    close: async () => void done.push('address closed'),
  }
}

const probe: Probe = { everyMs: 1000, rise: 2, fall: 2, from: ['10.0.0.5'] }
const never = new AbortController().signal

async function made({ probe: asking = probe as Probe | null, address = null as Backend | null, done = [] as string[] } = {}) {
  const clock = handClock()
  const incidents: BackendIncident[] = []
  let answers: HealthAnswers | null = null
  const context: BackendContext = {
    cluster: 'shop',
    node: 'a',
    group: 'web',
    endpoint: 'lb',
    interfaces: {},
    leaseMs: 1000,
    clock,
    logger: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    health: {
      listen: [],
      open: (_, given) => {
        answers = given
        return Promise.resolve({ hangUp: () => void done.push('hung up'), close: async () => void done.push('closed') })
      },
    },
    site: 'here',
    secret: () => Promise.reject(new Error('there are no secrets')),
    candidates: () => [],
    changed: () => {},
    fitness: () => {},
    incident: (incident) => void incidents.push(incident),
  }
  const door = { form: 'http', path: '/web' } as const
  const endpoint = await createHealthEndpoint({ context, door, ports: [], address, probe: () => asking })
  const asked = (from = '10.0.0.5'): boolean => {
    const isServing = answers?.isServing() === true
    answers?.onAsked(from, isServing)
    return isServing
  }
  const grant = (epoch: number, ms = 1000) => ({ epoch, holder: 'a', until: clock.now() + ms })
  return { clock, incidents, endpoint, asked, grant, done }
}

/** Whether it has ended by now, and how. */
function ending(work: Promise<void>): { how: string } {
  const seen = { how: 'goes on' }
  work.then(
    () => (seen.how = 'done'),
    (error: unknown) => (seen.how = error instanceof Error && 'code' in error ? String(error.code) : String(error)),
  )
  return seen
}

describe('the answer to a load balancer', () => {
  it('is good under a running lease alone, looked at for each answer', async () => {
    const { clock, endpoint, asked, grant } = await made({ probe: null })
    expect(asked()).toBe(false)
    await endpoint.claim(grant(1), never)
    await clock.move(999)
    expect(asked()).toBe(true)
    await clock.move(1)
    expect(asked()).toBe(false)
    expect(endpoint.renew?.(grant(1))).toBe(false)
    expect(asked()).toBe(false)
  })

  it('ends at once with a release, before the address goes', async () => {
    const done: string[] = []
    const { endpoint, asked, grant } = await made({ probe: null, address: guest(done), done })
    await endpoint.claim(grant(1), never)
    done.length = 0
    const releasing = endpoint.release(1, never)
    expect(asked()).toBe(false)
    await releasing
    expect(done).toEqual(['hung up', 'address down'])
  })

  it('is given only when what it leads to is there', async () => {
    const done: string[] = []
    const address = guest(done)
    let served: boolean | null = null
    const { endpoint, asked, grant } = await made({
      probe: null,
      address: { ...address, claim: async () => void (served = asked()) },
    })
    await endpoint.claim(grant(1), never)
    expect(served).toBe(false)
    expect(asked()).toBe(true)
  })

  it('of an old epoch does not end a newer one', async () => {
    const { endpoint, asked, grant } = await made({ probe: null })
    await endpoint.claim(grant(7), never)
    await endpoint.release(6, never)
    expect(asked()).toBe(true)
  })
})

describe('a claim', () => {
  it('ends when the balancer has had as many good answers in a row as it believes, and counts nobody else', async () => {
    const { clock, endpoint, asked, grant } = await made()
    const seen = ending(endpoint.claim(grant(1, 10_000), never))
    await clock.move(0)
    asked('192.0.2.1')
    asked('192.0.2.1')
    asked()
    await clock.move(1)
    expect(seen.how).toBe('goes on')
    asked()
    await clock.move(1)
    expect(seen.how).toBe('done')
  })

  it('goes on beyond one lease while that is extended, and ends with it', async () => {
    const { clock, endpoint, asked, grant } = await made()
    const seen = ending(endpoint.claim(grant(1), never))
    await clock.move(900)
    endpoint.extend?.(grant(1))
    await clock.move(900)
    expect([asked(), seen.how]).toEqual([true, 'goes on'])
    await clock.move(200)
    expect(asked()).toBe(false)
    endpoint.extend?.(grant(1))
    await clock.move(1)
    expect([asked(), seen.how]).toEqual([false, 'LAPSED'])
  })

  it('whose lease the kernel has ended is over, whatever the balancer thinks', async () => {
    const { clock, endpoint, asked, grant } = await made({ address: guest([], false) })
    const seen = ending(endpoint.claim(grant(1), never))
    await clock.move(100)
    endpoint.extend?.(grant(1))
    await clock.move(1)
    expect([asked(), seen.how]).toEqual([false, 'LAPSED'])
  })

  it('fails where no balancer asks, says where it should, and answers nobody well any more', async () => {
    const { clock, endpoint, asked, grant } = await made()
    const claiming = endpoint.claim(grant(1, 60_000), never)
    const seen = ending(claiming)
    await clock.move(10_000)
    expect(seen.how).toBe('TIMEOUT')
    await expect(claiming).rejects.toThrow('no load balancer has asked at /web of a for 6.9 s')
    expect(asked()).toBe(false)
  })

  it('that is made again under the same epoch keeps answering meanwhile, and waits for nobody', async () => {
    const { clock, endpoint, asked, grant } = await made()
    const first = endpoint.claim(grant(1, 10_000), never)
    await clock.move(1)
    asked()
    asked()
    await first
    const seen = ending(endpoint.claim(grant(1, 10_000), never))
    expect(asked()).toBe(true)
    await clock.move(1)
    expect(seen.how).toBe('done')
  })

  it('says how long it takes, by how the balancer asks', async () => {
    const { endpoint } = await made()
    const why = 'the load balancer asks every 1 s and believes 2 good answers in a row'
    expect(endpoint.capabilities.claimTakes).toEqual({ ms: 2300, why })
    expect((await made({ probe: null })).endpoint.capabilities.claimTakes).toBeNull()
  })
})

it('a balancer that asks no more is told of, and that it asks again', async () => {
  const { clock, incidents, endpoint, asked, grant } = await made()
  const claiming = endpoint.claim(grant(3, 60_000), never)
  await clock.move(1)
  asked()
  asked()
  await claiming
  await clock.move(3000)
  expect(incidents).toEqual([])
  await clock.move(2000)
  asked()
  const through = 'the load balancer that asks at /web'
  expect(incidents).toEqual([
    { state: 'stolen', epoch: 3, through, to: null },
    { state: 'recovered', epoch: 3, through, to: 'a' },
  ])
})
