/** The contract suite of core for answers to balancers; run by `node --test` inside a network namespace, with the options as JSON: `MOVIP_OPTIONS`. */
import { execFileSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BackendContext, HealthAnswers } from '@movip/core/backend'
import { describeBackend } from '@movip/core/testing'
import plugin from '../index.ts'

const { MOVIP_OPTIONS: options = '{"path":"/web"}' } = process.env
const now = (): number => performance.now()
const silent = (): void => undefined
const leaseMs = process.env['MOVIP_ARP_DRIVER'] === 'cli' ? 3000 : 1000

/** Asks as a balancer does, without the way to it: that has tests of its own. */
const askers = new Set<HealthAnswers>()
const asking = (async () => {
  for (;;) {
    for (const answers of askers) answers.onAsked('10.0.0.5', answers.isServing())
    await sleep(20, undefined, { ref: false })
  }
})()
void asking
const context: BackendContext = {
  cluster: 'contract',
  node: 'a',
  group: 'web',
  endpoint: 'vip',
  interfaces: { lan: 'eth0' },
  leaseMs,
  clock: {
    now,
    at: (at, callback) => {
      const timer = setTimeout(callback, at - now())
      return () => clearTimeout(timer)
    },
  },
  logger: { debug: silent, info: silent, warn: silent, error: silent },
  health: {
    listen: [],
    open: (_, answers) => {
      askers.add(answers)
      return Promise.resolve({ hangUp: silent, close: async () => void askers.delete(answers) })
    },
  },
  candidates: () => [],
  changed: silent,
  fitness: silent,
  incident: silent,
}

const kind = plugin.kinds['lb-health']
if (kind === undefined) throw new Error('the plugin has no kind "lb-health"')
const create = () => kind.create(kind.schema.parse(JSON.parse(options)), context)
const make = async () => {
  const backend = await create()
  return {
    backend,
    clock: context.clock,
    again: create,
    cleanUp: async () => {
      await backend.close()
      execFileSync('nft', ['flush', 'ruleset'])
    },
  }
}
describeBackend(
  `lb-health ${options}`,
  make,
  { describe: (title, body) => void describe(title, body), it: (title, body) => void it(title, body) },
  { leaseMs, abortMs: leaseMs },
)
