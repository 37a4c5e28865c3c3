import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Backend, Grant, Observation } from '../backend.ts'
import type { Clock } from '../ports.ts'

/** The two functions of vitest, node:test, jest or mocha that the suite needs. */
export interface TestFrame {
  describe(title: string, body: () => void): unknown
  it(title: string, body: () => Promise<void>): unknown
}

/** One endpoint that nobody holds, freshly made for one test. */
export interface ContractSubject {
  readonly backend: Backend
  /** The clock that the backend was given. */
  readonly clock: Clock
  /** A second instance for the same endpoint, as the next life of the daemon would make it. */
  readonly again: () => Promise<Backend>
  /** Ends everything the test left, and takes the endpoint down. */
  readonly cleanUp: () => Promise<void>
}

export interface ContractOptions {
  /** Lease length of the tests, ms: long enough for a claim of this backend. */
  readonly leaseMs?: number
  /** Within what time an aborted call must end, ms. */
  readonly abortMs?: number
}

type Test = (subject: ContractSubject, ask: Asking) => Promise<void>

/** Shorthands of the suite: grants, signals, and what the world says. */
interface Asking {
  readonly grant: (epoch: number, leaseMs?: number) => Grant
  readonly signal: () => AbortSignal
  readonly observed: (backend?: Backend) => Promise<Observation['state']>
  readonly abortMs: number
}

/** The behaviour that movip relies on, as a suite for the tests of a backend. Some tests apply only to what the backend says it can do. */
export function describeBackend(name: string, make: () => Promise<ContractSubject>, frame: TestFrame, options: ContractOptions = {}): void {
  const leaseMs = options.leaseMs ?? 1000
  frame.describe(`${name} keeps the contract of a backend`, () => {
    for (const [title, test] of Object.entries({ ...claiming, ...releasing, ...fencing, ...ending })) {
      frame.it(title, async () => {
        const subject = await make()
        const signal = (): AbortSignal => AbortSignal.timeout(10_000)
        try {
          await test(subject, {
            signal,
            grant: (epoch, ms = leaseMs) => ({ epoch, holder: 'contract', until: subject.clock.now() + ms }),
            observed: async (backend = subject.backend) => (await backend.observe(signal())).state,
            abortMs: options.abortMs ?? 1000,
          })
        } finally {
          await subject.cleanUp()
        }
      })
    }
  })
}

const claiming: Record<string, Test> = {
  'is not here before it is claimed, and looking beforehand changes nothing': async ({ backend }, { signal, observed }) => {
    await backend.preflight(signal())
    await backend.prepare?.(signal())
    assert.notEqual(await observed(), 'here')
  },
  'is here after a claim': async ({ backend }, { grant, signal, observed }) => {
    await backend.claim(grant(1), signal())
    assert.equal(await observed(), 'here')
  },
  'takes a second claim of the same endpoint as no change': async ({ backend }, { grant, signal, observed }) => {
    await backend.claim(grant(1), signal())
    await backend.claim(grant(1), signal())
    assert.equal(await observed(), 'here')
  },
  'can be claimed again under a later epoch after a release': async ({ backend }, { grant, signal, observed }) => {
    await backend.claim(grant(1), signal())
    await backend.release(1, signal())
    await backend.claim(grant(2), signal())
    assert.equal(await observed(), 'here')
  },
}

const releasing: Record<string, Test> = {
  'is not here after a release': async ({ backend }, { grant, signal, observed }) => {
    await backend.claim(grant(1), signal())
    await backend.release(1, signal())
    assert.notEqual(await observed(), 'here')
  },
  'takes a release of nothing, and a second release, for success': async ({ backend }, { grant, signal }) => {
    await backend.release(1, signal())
    await backend.claim(grant(2), signal())
    await backend.release(2, signal())
    await backend.release(2, signal())
  },
  'releases what an earlier life of the daemon claimed': async ({ backend, again }, { grant, signal, observed }) => {
    await backend.claim(grant(1), signal())
    await backend.close()
    const next = await again()
    await next.release(1, signal())
    assert.notEqual(await observed(next), 'here')
    await next.close()
  },
}

const fencing: Record<string, Test> = {
  'does not come here by a claim whose lease is over': async ({ backend }, { grant, signal, observed }) => {
    await backend.claim(grant(1, -1), signal()).catch(() => undefined)
    assert.notEqual(await observed(), 'here')
  },
  'accepts a renewal while the lease runs': async ({ backend }, { grant, signal, observed }) => {
    if (!backend.renew) return
    await backend.claim(grant(1), signal())
    assert.equal(backend.renew(grant(1, 2000)), true)
    assert.equal(await observed(), 'here')
  },
  'refuses to renew what was released': async ({ backend }, { grant, signal, observed }) => {
    if (!backend.renew) return
    await backend.claim(grant(1), signal())
    await backend.release(1, signal())
    assert.equal(backend.renew(grant(1)), false)
    assert.notEqual(await observed(), 'here')
  },
  'where the kernel fences: refuses to renew a right that has lapsed, and revives nothing': async (
    { backend, clock },
    { grant, signal, observed },
  ) => {
    if (!backend.capabilities.kernelFenced || !backend.renew) return
    const right = grant(1)
    await backend.claim(right, signal())
    await sleep(right.until - clock.now() + 50)
    assert.equal(backend.renew(grant(1)), false)
    assert.notEqual(await observed(), 'here')
    await backend.claim(grant(1), signal())
    assert.equal(await observed(), 'here')
  },
}

const ending: Record<string, Test> = {
  'ends soon when a call is aborted, and is not here after the release that follows': async (
    { backend },
    { grant, signal, observed, abortMs },
  ) => {
    for (const delayMs of [null, 0, 5]) {
      const controller = new AbortController()
      if (delayMs === null) controller.abort()
      const claim = backend.claim(grant(1), controller.signal).then(
        () => undefined,
        () => undefined,
      )
      if (delayMs !== null) setTimeout(() => controller.abort(), delayMs)
      await inTime(claim, abortMs + (delayMs ?? 0), 'claim')
      await backend.release(1, signal())
      assert.notEqual(await observed(), 'here')
      await inTime(
        backend.observe(AbortSignal.abort()).then(
          () => undefined,
          () => undefined,
        ),
        abortMs,
        'observe',
      )
    }
  },
  'does not release when it is closed': async ({ backend, again }, { grant, signal, observed }) => {
    await backend.claim(grant(1, 10_000), signal())
    await backend.close()
    const next = await again()
    if (backend.capabilities.endsWithProcess !== true) assert.equal(await observed(next), 'here')
    await next.close()
  },
  'can be closed twice': async ({ backend }) => {
    await backend.close()
    await backend.close()
  },
}

async function inTime(call: Promise<void>, ms: number, what: string): Promise<void> {
  const late = sleep(ms, 'late')
  assert.notEqual(await Promise.race([call, late]), 'late', `${what} did not end within ${ms} ms after it was aborted`)
}
