import { setTimeout as sleep } from 'node:timers/promises'
import { BackendError } from '../backend.ts'
import type { BackendContext, HealthAnswers, HealthListener } from '../backend.ts'

const silent = (): void => undefined
const now = (): number => performance.now()
const ASK_MS = 20

/** What a backend is given where its contract is tried: this process's clock, nobody who listens, and somebody who asks for its health. */
export function contractContext(more: Partial<BackendContext> & { readonly leaseMs: number }, askedFrom = '192.0.2.5'): BackendContext {
  return {
    cluster: 'contract',
    node: 'a',
    site: 'here',
    group: 'web',
    endpoint: 'vip',
    interfaces: {},
    secret: (name) => Promise.reject(new BackendError('NOT_FOUND', `no secret ${name}`, 'none: give one to the context')),
    clock: {
      now,
      at: (at, callback) => {
        const timer = setTimeout(callback, at - now())
        return () => clearTimeout(timer)
      },
    },
    logger: { debug: silent, info: silent, warn: silent, error: silent },
    health: askedListener(askedFrom),
    candidates: () => [],
    changed: silent,
    fitness: silent,
    incident: silent,
    ...more,
  }
}

/** Asks as a balancer does, without the way to it. */
function askedListener(from: string): HealthListener {
  const askers = new Set<HealthAnswers>()
  const ask = async (): Promise<void> => {
    while (askers.size > 0) {
      for (const answers of askers) answers.onAsked(from, answers.isServing())
      await sleep(ASK_MS, undefined, { ref: false })
    }
  }
  return {
    listen: [{ host: '0.0.0.0', port: 9650 }],
    open(_, answers) {
      askers.add(answers)
      if (askers.size === 1) void ask()
      return Promise.resolve({ hangUp: silent, close: async () => void askers.delete(answers) })
    },
  }
}
