/**
 * A program for tests: serves port 7000 at every address, and claims an address. `release` and `claim` are done when they are told; `forget`
 * ends the kernel's knowledge of its connections without a word to anybody, as if another machine had the address next.
 */
import { execFileSync } from 'node:child_process'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import type { BackendContext } from '@movip/core/backend'
import plugin from '../index.ts'

const [address = '', oldFlows] = process.argv.slice(2)
const now = (): number => performance.now()
const silent = (): void => undefined
const context: BackendContext = {
  cluster: 'flows',
  node: 'a',
  group: 'web',
  endpoint: 'vip',
  interfaces: { lan: 'eth0' },
  leaseMs: 30_000,
  clock: {
    now,
    at: (at, callback) => {
      const timer = setTimeout(callback, at - now())
      return () => clearTimeout(timer)
    },
  },
  logger: { debug: silent, info: silent, warn: silent, error: silent },
  changed: silent,
  fitness: silent,
  incident: silent,
  health: { listen: [], open: () => Promise.reject(new Error('nobody asks here')) },
  site: 'here',
  secret: () => Promise.reject(new Error('there are no secrets')),
  candidates: () => [],
}
const say = (text: string): void => void process.stdout.write(`${text}\n`)

const kind = plugin.kinds['arp']
if (kind === undefined) throw new Error('the plugin has no kind "arp"')
const backend = await kind.create(kind.schema.parse({ address, interface: 'lan', ...(oldFlows && { oldFlows }) }), context)
const server = createServer((socket) => {
  socket.on('error', silent)
  socket.on('data', (data) => socket.write(data))
})
let epoch = 0
const signal = new AbortController().signal
const orders: Readonly<Record<string, () => Promise<string>>> = {
  async claim() {
    epoch += 1
    await backend.claim({ epoch, holder: 'a', until: now() + 20_000 }, signal)
    return 'claimed'
  },
  async release() {
    await backend.release(epoch, signal)
    return 'released'
  },
  async forget() {
    const [ip = ''] = address.split('/')
    execFileSync('ss', ['-K', '-H', '-n', '-t', 'state', 'connected', 'src', ip.includes(':') ? `[${ip}]` : ip])
    return 'forgotten'
  },
}
createInterface({ input: process.stdin })
  .on('line', (order) => void orders[order]?.().then(say))
  .on('close', () => process.exit(0))
server.listen(7000, '::', () => void orders['claim']?.().then(say))
