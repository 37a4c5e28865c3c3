import { describe, expect, it } from 'vitest'
import { createClock } from '../adapters/clock.ts'
import type { Backend, Grant } from '../backend.ts'
import { describeBackend } from './backend-contract.ts'
import type { ContractSubject } from './backend-contract.ts'

/** A far side with a kernel fence, and a backend for it; `spoil` breaks one rule. */
function subject(spoil: (backend: Backend, far: { until: number }) => Partial<Backend> = () => ({})): () => Promise<ContractSubject> {
  return () => {
    const clock = createClock()
    const far = { until: -Infinity }
    const make = (): Backend => {
      const backend: Backend = {
        capabilities: { exclusive: false, kernelFenced: true, settleMs: 0 },
        preflight: () => Promise.resolve([]),
        observe: () => Promise.resolve({ state: clock.now() < far.until ? 'here' : 'nowhere' }),
        claim: (grant: Grant, signal) => {
          if (signal.aborted) return Promise.reject(new Error('aborted'))
          far.until = grant.until
          return Promise.resolve()
        },
        renew: (grant) => {
          if (clock.now() >= far.until) return false
          far.until = grant.until
          return true
        },
        release: () => {
          far.until = -Infinity
          return Promise.resolve()
        },
        close: () => Promise.resolve(),
      }
      return { ...backend, ...spoil(backend, far) }
    }
    return Promise.resolve({ backend: make(), clock, again: () => Promise.resolve(make()), cleanUp: () => Promise.resolve() })
  }
}

const short = { leaseMs: 60, abortMs: 100 }
describeBackend('a backend that keeps the rules', subject(), { describe, it }, short)

/** Runs the suite without reporting and returns the titles that failed. */
async function failures(make: () => Promise<ContractSubject>): Promise<readonly string[]> {
  const failed: string[] = []
  const running: Promise<void>[] = []
  describeBackend(
    'spoilt',
    make,
    {
      describe: (_title, body) => body(),
      it: (title, body) => void running.push(body().catch(() => void failed.push(title))),
    },
    short,
  )
  await Promise.all(running)
  return failed
}

describe('the contract suite', () => {
  const spoilt: Record<string, [Parameters<typeof subject>[0], RegExp]> = {
    'a release that does nothing': [() => ({ release: () => Promise.resolve() }), /is not here after a release/],
    'a release that fails when nothing is there': [
      (_backend, far) => ({
        release: () => (far.until < 0 ? Promise.reject(new Error('gone')) : Promise.resolve(void (far.until = -Infinity))),
      }),
      /release of nothing/,
    ],
    'a renewal that revives': [
      (_backend, far) => ({
        renew: ({ until }) => {
          far.until = until
          return true
        },
      }),
      /has lapsed/,
    ],
    'a claim that heeds no abort': [
      (backend) => ({ claim: (grant, signal) => (signal.aborted ? new Promise(() => undefined) : backend.claim(grant, signal)) }),
      /ends soon/,
    ],
    'a close that releases': [
      (backend) => ({ close: () => backend.release(0, AbortSignal.timeout(100)) }),
      /does not release when it is closed/,
    ],
    'a claim that forgets its lease': [
      (_backend, far) => ({ claim: () => Promise.resolve(void (far.until = Infinity)) }),
      /whose lease is over/,
    ],
    'a preparation that claims': [
      (_backend, far) => ({ prepare: () => Promise.resolve(void (far.until = Infinity)) }),
      /looking beforehand/,
    ],
  }
  for (const [what, [spoil, title]] of Object.entries(spoilt)) {
    it(`notices ${what}`, async () => {
      expect((await failures(subject(spoil))).some((failed) => title.test(failed))).toBe(true)
    })
  }
})
