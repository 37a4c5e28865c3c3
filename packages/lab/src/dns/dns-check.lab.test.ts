import { execFileSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Found } from '../clouds/look-beforehand.ts'
import { lookBeforehand } from '../clouds/look-beforehand.ts'
import { inHost } from '../network/host.ts'
import type { Network } from '../network/network.ts'
import { createNetwork } from '../network/network.ts'
import { startBind } from './bind.ts'
import { startKnot } from './knot.ts'
import type { DnsPlace, DnsServer } from './server-process.ts'
import { startUnbound } from './unbound.ts'
import { keyText } from './zone.ts'

// Before anything moves: what movip check finds of names that could not follow.

const values = { a: '203.0.113.5' }
const theirs = 'movip cluster=blog group=web epoch=3 since=2026-01-01T00:00:00.000Z'
const records = ['taken A 192.0.2.9', 'foreign A 203.0.113.5', `_movip-a.foreign TXT "${theirs}"`, 'alias CNAME elsewhere.example.org.']

let network: Network
const servers: Record<string, DnsServer> = {}
const place = (host: string, port = 53): DnsPlace => ({ host: network.host(host).ipv4, port, namespace: network.host(host).namespace })
const secret = (name: string): string => join(network.folder.path, name)

beforeAll(async () => {
  network = await createNetwork({ nodes: ['n1', 'ns1', 'ns2', 'res'] })
  const folder = (name: string): string => join(network.folder.path, name)
  const start = async (name: string, starting: Promise<DnsServer>): Promise<void> => void (servers[name] = await starting)
  await start('bind', startBind({ place: place('ns1'), folder: folder('bind'), records }))
  await start('knot', startKnot({ place: place('ns2'), folder: folder('knot'), records }))
  await start(
    'strict',
    startBind({ place: place('ns1', 5301), folder: folder('strict'), policy: 'update-policy { grant movip name other.example.net. A; };' }),
  )
  await start('lagging', startBind({ place: place('ns2', 5302), folder: folder('lagging'), records: ['web A 192.0.2.77'] }))
  await start('copy', startBind({ place: place('ns2', 5303), folder: folder('copy'), from: place('ns1') }))
  await start('resolver', startUnbound({ place: place('res'), folder: folder('resolver'), asks: [place('ns1')], keepsForS: 900 }))
  await start('good resolver', startUnbound({ place: place('res', 5304), folder: folder('good-resolver'), asks: [place('ns1')] }))
  writeFileSync(secret('right'), keyText(), { mode: 0o600 })
  writeFileSync(secret('other'), keyText('hmac-sha256', 'c29tZWJvZHkgZWxzZQ=='), { mode: 0o600 })
  writeFileSync(secret('unknown'), keyText('hmac-sha256', 'c29tZWJvZHkgZWxzZQ==', 'nobody'), { mode: 0o600 })
  writeFileSync(secret('weak'), 'key "movip" { algorithm hmac-md5; secret "bW92aXA="; };', { mode: 0o600 })
  writeFileSync(secret('open'), keyText())
  chmodSync(secret('open'), 0o644)
})
afterAll(() => {
  for (const server of Object.values(servers)) server.stop()
  network?.close()
})

const at = (name: string): string => servers[name]?.address ?? ''

async function found(more: object, { under = [] as readonly string[] } = {}): Promise<readonly Found[]> {
  const endpoint = { backend: 'dns-rfc2136', name: 'web.example.net', values, server: at('bind'), key: 'right', ...more }
  const secrets = Object.fromEntries(['right', 'other', 'unknown', 'weak', 'open', 'lost'].map((name) => [name, secret(name)]))
  const look = await lookBeforehand({ network, nodes: ['n1'], endpoint, under, node: { secrets } })
  return look.findings.filter(({ code }) => code.startsWith('DNS_') || code.startsWith('SECRET_'))
}

const secretsAside = (findings: readonly Found[]): readonly Found[] =>
  findings.filter(({ code }) => code.startsWith('DNS_') && code !== 'DNS_WEAKER')

it.each(['bind', 'knot'])('a name that could follow is told of as nothing (%s)', async (server) => {
  expect(secretsAside(await found({ server: at(server) }))).toEqual([])
  expect(secretsAside(await found({ server: at('bind'), secondaries: [at('copy')], resolvers: [at('good resolver')] }))).toEqual([])
})

const cases: readonly (readonly [what: string, options: () => object, code: string, message: string])[] = [
  ['a key with another secret', () => ({ key: 'other' }), 'DNS_BAD_KEY', 'does not take key movip (hmac-sha256)'],
  [
    'a key with another secret, on Knot',
    () => ({ key: 'other', server: at('knot') }),
    'DNS_BAD_KEY',
    'does not take key movip (hmac-sha256)',
  ],
  ['a key that the server does not know', () => ({ key: 'unknown' }), 'DNS_BAD_KEY', 'does not take key nobody'],
  [
    'a key that the server does not know, on Knot',
    () => ({ key: 'unknown', server: at('knot') }),
    'DNS_BAD_KEY',
    'does not take key nobody',
  ],
  ['a key of an algorithm that is too weak', () => ({ key: 'weak' }), 'DNS_INVALID', 'is for hmac-md5'],
  ['a key that node.yaml does not name', () => ({ key: 'none' }), 'DNS_NOT_FOUND', 'node.yaml names no file for the secret none'],
  ['a key file that others can read', () => ({ key: 'open' }), 'DNS_DENIED', 'is open to others (mode 0644)'],
  [
    'that it is the weaker kind of endpoint',
    () => ({}),
    'DNS_WEAKER',
    'clients follow only when they resolve again: after a move they may lag for 30s',
  ],
  ['no key', () => ({ key: undefined }), 'DNS_UNSIGNED', 'changes of web.example.net are not signed'],
  ['a zone that refuses changes', () => ({ server: at('strict') }), 'DNS_REFUSED', 'refuses what was asked for example.net'],
  ['a zone that the server does not have', () => ({ name: 'web.example.com' }), 'DNS_REFUSED', 'web.example.com'],
  ['a secondary named as primary', () => ({ server: at('copy') }), 'DNS_REFUSED', 'refuses what was asked for example.net'],
  [
    'a resolver named as authority',
    () => ({ server: at('good resolver'), key: undefined }),
    'DNS_LAME',
    'does not answer for web.example.net itself',
  ],
  ['a server that is down', () => ({ server: `${network.host('ns1').ipv4}:5999` }), 'DNS_NO_ANSWER', 'does not answer: ECONNREFUSED'],
  ['a secondary that is behind', () => ({ secondaries: [at('lagging')] }), 'DNS_BEHIND', 'answers 192.0.2.77 for web.example.net'],
  [
    "somebody else's record",
    () => ({ name: 'taken.example.net' }),
    'DNS_NOT_OURS',
    'points at 192.0.2.9, which is no value of this endpoint',
  ],
  ["another cluster's record", () => ({ name: 'foreign.example.net' }), 'DNS_NOT_OURS', 'belongs to group web of cluster blog'],
  ['a CNAME in its place', () => ({ name: 'alias.example.net' }), 'DNS_NOT_OURS', 'is a CNAME of elsewhere.example.org'],
  ['a CNAME at the apex', () => ({ name: 'example.net', values: { a: 'lb.example.org' } }), 'DNS_CNAME_APEX', 'can be no CNAME'],
  ['a long TTL', () => ({ ttl: '10m' }), 'DNS_TTL_LONG', 'may go on to the old site for 10m and longer'],
  ['a very short TTL', () => ({ ttl: '1s' }), 'DNS_TTL_SHORT', 'many resolvers keep answers for longer than 1s'],
]

it.each(cases)('%s is told of, with what to do', async (_, options, code, message) => {
  const findings = await found(options())
  expect(findings).toContainEqual(
    expect.objectContaining({ code, message: expect.stringContaining(message) as string, fix: expect.stringMatching(/\S/) as string }),
  )
})

it('a clock that is wrong is told of with how far it is, and which way', async () => {
  const findings = await found({}, { under: ['faketime', '-f', '+1h'] })
  const told = findings.find(({ code }) => code === 'DNS_CLOCK')
  expect(told?.message).toMatch(/this node's clock is 3(599|600|601) s ahead of its own/)
})

it('a resolver that keeps an answer for longer than its TTL is told of', async () => {
  const { file, args } = inHost(network.host('n1').namespace, 'nsupdate', ['-k', secret('right')])
  execFileSync(file, args, {
    input: `server ${network.host('ns1').ipv4}\nupdate add web.example.net 30 A 203.0.113.5\nsend\n`,
  })
  const findings = await found({ resolvers: [at('resolver'), at('good resolver')] })
  expect(findings.filter(({ code }) => code === 'DNS_RESOLVER_TTL').map(({ message }) => message)).toEqual([
    expect.stringMatching(/^web: .*: the resolver \S+ keeps web.example.net for (15m|89\ds), though its TTL is 30s$/),
  ])
})
