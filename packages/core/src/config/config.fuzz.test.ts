import fc from 'fast-check'
import { it } from 'vitest'
import { z } from 'zod'
import { createDecoder, encodeMessage } from '../adapters/nats/wire.ts'
import type { BackendKind } from '../backend.ts'
import type { ClusterSpec } from '../model/index.ts'
import { assertHolds } from '../testing/fuzz/fuzz.ts'
import { mutatedBytes, mutatedJson } from '../testing/fuzz/mutations.ts'
import { backendsNamed, clusterSpecFromText, ConfigError, configHash, nodeConfigFromText } from './index.ts'
import type { PluginMap } from './index.ts'
import { parseSource } from './source.ts'

const corpus = new URL('../../corpus/', import.meta.url)
const options = z.strictObject({ address: z.string().regex(/^[\d.]+\/\d+$/), interface: z.string().min(1) })
const kind: BackendKind<z.infer<typeof options>> = {
  schema: options,
  describe: ({ address }) => address,
  claims: ({ address }) => [`ip:${address.split('/')[0] ?? ''}`],
  create: () => Promise.reject(new Error('the configuration never creates a backend')),
}
const plugins: PluginMap = new Map([['arp', { package: '@movip/backend-arp', plugin: { kinds: { arp: kind } }, kind }]])

const clusterFile = {
  cluster: 'shop',
  timing: { profile: 'lan', heartbeat: '50ms', lease: '1s', election: '0.9s', driftPpmMax: 500 },
  nodes: {
    a: { site: 'paris', address: { main: '10.0.0.11', back: '10.1.0.11:6222' } },
    b: { site: 'paris', address: '[fd00::2]:6222', voter: true },
    w: { site: 'office', address: 'w.example.net', witness: true },
  },
  groups: {
    web: {
      nodes: ['b', 'a'],
      mode: 'active-standby',
      endpoints: [{ at: 'paris', backend: 'arp', address: '10.0.0.50/24', interface: 'lan' }],
      checks: {
        http: {
          url: 'http://127.0.0.1/healthz',
          status: [200, '300-399'],
          matches: '^up',
          every: '1s',
          timeout: '500ms',
          fall: 3,
          rise: 2,
        },
        data: { type: 'script', command: '/usr/local/bin/lag', args: ['--json'], maxLag: '16MiB', on: 'standby', grace: '5s' },
        disk: { path: '/var/lib', free: '10%', writable: true },
        name: { type: 'dns', name: 'shop.example', record: 'A', expect: ['10.0.0.1'], server: '[fd00::2]:5353' },
        gateway: { type: 'ping', hosts: ['10.0.0.1'], need: 1 },
      },
    },
    mail: {
      endpoints: [{ backend: 'arp', address: '10.0.0.51/24', interface: 'lan' }],
      service: [
        { systemd: 'postfix.service', startTimeout: '1m' },
        { ocf: 'heartbeat:Dummy', parameters: { fake: 'x' }, promote: false, restarts: { max: 1, within: '1m' } },
        { process: { start: ['/usr/sbin/app', '-d'], pidfile: '/run/app.pid', stopSignal: 'SIGINT' }, every: '2s' },
        { command: { start: ['a'], stop: ['b'], check: ['c'] } },
      ],
      hooks: [{ on: ['active', 'stuck'], run: ['/bin/true'], timeout: '3s' }],
    },
  },
}
const clusterText = `cluster: shop
timing: lan
nodes: # all of them
  a: { site: paris, address: 10.0.0.11 }
  b: &node { site: paris, address: 10.0.0.12 }
  w:
    site: office
    address: 10.9.0.4
    witness: true
groups:
  web:
    nodes: [b, a]
    endpoints:
      - { at: paris, backend: arp, address: 10.0.0.50/24, interface: lan }
`
const nodeFile = {
  node: 'a',
  data: '/var/lib/movip',
  bootstrap: 'cluster.yaml',
  nats: { embedded: { listen: '10.0.0.11:6222', secret: 's', tls: { ca: 'ca', cert: 'c', key: 'k' } } },
  interfaces: { lan: 'eth0' },
  api: { socket: '/run/movip/movip.sock', mode: '0660' },
  log: { level: 'info' },
}
const ownNats = { node: 'a', nats: { servers: ['tls://nats.example.net:4222'], user: 'u', passwordFile: 'p', tls: { ca: 'ca' } } }
const planes = {
  node: 'a',
  nats: [
    { embedded: { listen: '10.0.0.11:6222' } },
    { name: 'back', embedded: { listen: '10.1.0.11:6222' } },
    { name: 'own', ...ownNats.nats },
  ],
}
const nodeText = 'node: a\nnats:\n  embedded: { listen: "[fd00::1]:6222" }\ninterfaces:\n  lan: eth0\n'

const tokens = [
  '&x ',
  '*x',
  '*node',
  '<<: *node',
  '!!binary ',
  '!!set ',
  '!!omap ',
  '!!timestamp ',
  '!!str ',
  '? ',
  '? '.repeat(30),
  '- ',
  ': ',
  '| ',
  '>\n',
  '%YAML 1.1\n',
  '---\n',

  '...\n',
  '\t',
  '__proto__: ',
  'constructor: ',
  '~',
  '.inf',
  '.nan',
  '0x1f',
  '1e999',
  '- '.repeat(50),
  '['.repeat(3000),
  '{a: '.repeat(50),

  '&a [*a]',
  '2020-01-01',
  '"\\ud800"',
  "'",
  '#',
  '\ufeff',
  '\u2028',
  'yes',
  '1_000',
  '0o17',
]

/** All that a refusal of a configuration owes its reader. */
function assertRefusal(error: unknown): void {
  if (!(error instanceof ConfigError)) throw error
  const bad = error.problems.find(({ line, column, message, expected, found, fix }) => {
    return line < 1 || column < 1 || [message, expected, found, fix].some((text) => typeof text !== 'string' || text === '')
  })
  if (error.problems.length === 0 || bad !== undefined)
    throw new Error(`a problem without place or next step: ${JSON.stringify(bad)}`, { cause: error })
}

/** No key of the file was passed over in silence: parsers of objects like to forget this one. */
function assertNothingDropped(text: string): void {
  const hidden = (value: unknown): boolean =>
    typeof value === 'object' && value !== null && Object.entries(value).some(([key, inner]) => key === '__proto__' || hidden(inner))
  if (hidden(parseSource(text, '').data)) throw new Error('a key was passed over in silence')
}

function assertUsable(spec: ClusterSpec): void {
  if (spec.nodes.length === 0 || spec.nodes.every(({ voter }) => !voter)) throw new Error('a cluster in which nobody decides')
  const { heartbeatMs, electionMs, leaseMs } = spec.timing
  if (!(heartbeatMs > 0 && heartbeatMs < electionMs && electionMs < leaseMs))
    throw new Error(`times that do not fit: ${JSON.stringify(spec.timing)}`)
  const ids = new Set(spec.nodes.map(({ id }) => id))
  if (spec.groups.some(({ nodes }) => nodes.length === 0 || nodes.some((node) => !ids.has(node))))
    throw new Error('a group of nodes that do not exist')
  // What one node takes from its file, all others must take from it.
  const incarnation = { dataId: 'd', generation: 1 }
  const entries = [{ index: 1, term: 1, body: { type: 'cluster' as const, spec } }]
  const message = { type: 'append' as const, from: 'a', incarnation, to: 'b', term: 1, prevIndex: 0, prevTerm: 0, commit: 0, entries }
  const { verdict } = createDecoder('shop')(encodeMessage('shop', message))
  if (verdict !== 'message') throw new Error('a configuration that the other nodes would refuse')
  configHash(spec)
}

it('cluster.yaml, whatever stands in it: refused with places and next steps, or a configuration that every node takes', async () => {
  await assertHolds(fc, {
    name: 'cluster-yaml',
    corpus,
    cases: fc.tuple(
      fc.oneof(
        mutatedJson(fc, [[clusterFile]]),
        mutatedBytes(
          fc,
          [clusterText, JSON.stringify(clusterFile)].map((text) => Buffer.from(text)),
          tokens,
        ),
      ),
    ),
    check([bytes = new Uint8Array()]) {
      const text = Buffer.from(bytes).toString()
      backendsNamed(text)
      let spec: ClusterSpec
      try {
        spec = clusterSpecFromText(text, 'cluster.yaml', { plugins })
      } catch (error) {
        return assertRefusal(error)
      }
      assertUsable(spec)
      assertNothingDropped(text)
    },
  })
})

it('node.yaml, whatever stands in it: refused with places and next steps, or absolute paths and ports that exist', async () => {
  await assertHolds(fc, {
    name: 'node-yaml',
    corpus,
    cases: fc.tuple(
      fc.oneof(
        mutatedJson(fc, [[nodeFile], [ownNats], [planes]]),
        mutatedBytes(
          fc,
          [nodeText, JSON.stringify(nodeFile), JSON.stringify(ownNats), JSON.stringify(planes)].map((text) => Buffer.from(text)),
          tokens,
        ),
      ),
    ),
    check([bytes = new Uint8Array()]) {
      const text = Buffer.from(bytes).toString()
      try {
        const { data, bootstrap, api, nats } = nodeConfigFromText(text, '/etc/movip/node.yaml')
        if (![data, bootstrap, api.socket].every((path) => path.startsWith('/'))) throw new Error('a path that is not absolute')
        if ([data, bootstrap, api.socket].some((path) => path.includes('\0'))) throw new Error('a path that no system call takes')
        if (Buffer.byteLength(api.socket) > 107) throw new Error('a socket path that cannot be bound')
        if (!(api.mode >= 0 && api.mode <= 0o777)) throw new Error(`the mode ${api.mode}`)
        for (const plane of nats) {
          if (plane.type === 'embedded' && !(plane.port > 0 && plane.port < 65_536)) throw new Error(`the port ${plane.port}`)
        }
        if (new Set(nats.map(({ name }) => name)).size !== nats.length || nats.length === 0)
          throw new Error('planes that cannot be told apart')
        assertNothingDropped(text)
      } catch (error) {
        assertRefusal(error)
      }
    },
  })
})
