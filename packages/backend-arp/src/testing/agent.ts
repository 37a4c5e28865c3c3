/**
 * A program for tests: one node with one ARP endpoint, which does what it is told by lines of JSON. While `hold` is on it
 * renews as the daemon does and, with `repair`, claims again whatever it finds missing.
 */
import { createInterface } from 'node:readline'
import type { Backend, BackendContext } from '@movip/core/backend'
import plugin from '../index.ts'

interface Orders {
  readonly address: string
  readonly device: string
  readonly leaseMs: number
  readonly repair: boolean
}

const { address, device, leaseMs, repair } = JSON.parse(process.argv[2] ?? '{}') as Orders
const cluster = 'test-shop'
const BEAT_MS = 50
const never = new AbortController().signal
const now = (): number => performance.now()
const say = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`)
const wall = (): number => performance.timeOrigin + performance.now()

let backend: Backend | null = null
let holding = false
let busy = Promise.resolve()
const log =
  (level: string) =>
  (event: string, fields = {}): void =>
    say({ log: level, event, fields })
const context: BackendContext = {
  cluster,
  leaseMs,
  node: 'n',
  group: 'g',
  endpoint: 'e',
  interfaces: { lan: device },
  clock: { now, at: () => () => undefined },
  logger: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
  changed: (why) => {
    say({ changed: why, at: wall() })
    if (repair) queue(repairIfNeeded)
  },
  fitness: (reason) => say({ fitness: reason }),
  incident: (incident) => say({ incident }),
  health: { listen: [], open: () => Promise.reject(new Error('nobody asks here')) },
  site: 'here',
  secret: () => Promise.reject(new Error('there are no secrets')),
  candidates: () => [],
}

async function repairIfNeeded(): Promise<void> {
  if (!holding || backend === null || (await backend.observe(never)).state === 'here') return
  await backend.claim(grant(), never).catch((error: unknown) => say({ failed: String(error) }))
}

function grant(): { epoch: number; holder: string; until: number } {
  return { epoch: 1, holder: 'n', until: now() + leaseMs }
}

function queue(action: () => Promise<void>): void {
  busy = busy.then(action)
}

async function perform(name: string): Promise<unknown> {
  if (name === 'sweep') return plugin.sweep?.({ cluster, logger: context.logger })
  const kind = plugin.kinds['arp']
  if (backend === null) backend = (await kind?.create(kind.schema.parse({ address, interface: 'lan' }), context)) ?? null
  if (backend === null) throw new Error('no backend')
  switch (name) {
    case 'create':
      return null
    case 'preflight':
      return backend.preflight(never)
    case 'observe':
      return backend.observe(never)
    case 'prepare':
      return backend.prepare?.(never)
    case 'claim':
      return backend.claim(grant(), never)
    case 'renew':
      return backend.renew?.(grant())
    case 'hold':
      return (holding = true)
    case 'unhold':
      return (holding = false)
    case 'release':
      holding = false
      return backend.release(1, never)
    case 'close':
      holding = false
      return backend.close()
    default:
      throw new Error(`unknown: ${name}`)
  }
}

setInterval(() => {
  if (holding && backend?.renew?.(grant()) === false) say({ lapsed: true, at: wall() })
}, BEAT_MS)

createInterface({ input: process.stdin })
  .on('line', (name) =>
    queue(async () => {
      const start = now()
      const result = await perform(name).then(
        (value) => ({ value: value ?? null }),
        (error: Error & { code?: string }) => ({ error: error.message, code: error.code ?? null }),
      )
      say({ done: name, tookMs: now() - start, at: wall(), ...result })
    }),
  )
  .on('close', () => process.exit(0))
say({ ready: true })
