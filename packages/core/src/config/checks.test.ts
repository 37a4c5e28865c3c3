import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { entrySchema } from '../adapters/log-schema.ts'
import type { BackendKind } from '../backend.ts'
import { checkKinds } from '../checks/kinds.ts'
import { clusterJsonSchema, clusterSpecFromText, configHash, ConfigError } from './index.ts'
import type { PluginMap } from './index.ts'

const options = z.strictObject({ address: z.string() })
const kind: BackendKind<z.infer<typeof options>> = {
  schema: options,
  describe: ({ address }) => address,
  claims: ({ address }) => [address],
  create: () => Promise.reject(new Error('the configuration never creates a backend')),
}
const plugins: PluginMap = new Map([['arp', { package: '@movip/backend-arp', plugin: { kinds: { arp: kind } }, kind }]])

/** A configuration whose group has these checks, each on a line of its own from line 8 on. */
function text(...checks: readonly string[]): string {
  return `cluster: shop
nodes:
  a: { site: paris, address: 10.0.0.11 }
groups:
  web:
    endpoints: [{ backend: arp, address: 10.0.0.50/24 }]
${checks.length === 0 ? '' : '    checks:\n'}${checks.map((check) => `      ${check}\n`).join('')}`
}

const read = (...checks: readonly string[]) => clusterSpecFromText(text(...checks), 'cluster.yaml', { plugins })
const checksIn = (...checks: readonly string[]) => read(...checks).groups[0]?.checks

/** Every problem as `line:column message -> fix`. */
function problemsOf(...checks: readonly string[]): string[] {
  try {
    read(...checks)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems.map(({ line, column, message, fix }) => `${line}:${column} ${message} -> ${fix}`)
  }
  return []
}

/** One of each kind, with every option that goes with the others. */
const all = [
  'http: { url: "http://127.0.0.1/healthz", every: 1s, timeout: 500ms, fall: 3, rise: 2 }',
  'shop: { type: http, url: "https://127.0.0.1/", status: [200, "300-399"], contains: up, matches: "^u", host: shop.example, verify: false, ca: /etc/ca.pem, on: active, grace: 30s }',
  'tcp: { port: 5432 }',
  'ping: { hosts: [10.0.0.1, 10.0.0.2], need: 2 }',
  'interface: { interface: lan }',
  'process: { pidfile: /run/nginx.pid }',
  'other: { type: process, name: nginx }',
  'systemd: { unit: nginx.service }',
  'disk: { path: /var/lib, free: 10%, writable: true }',
  'dns: { name: example.net, record: A, expect: [10.0.0.1], server: "10.0.0.2:5353" }',
  'script: { command: /usr/local/bin/lag, args: [--json], maxLag: 10s, on: standby }',
  'vip: {}',
  'peer: { port: 443, every: 5s }',
  'login: { type: peer, http: { url: "https://10.0.0.50/login", verify: false } }',
]

describe('the checks of a group', () => {
  it('become part of the specification, with what they do not say', () => {
    expect(checksIn(all[0] ?? '', all[1] ?? '', 'vip: {}')).toEqual([
      {
        id: 'http',
        kind: 'http',
        on: 'both',
        everyMs: 1000,
        timeoutMs: 500,
        rise: 2,
        fall: 3,
        graceMs: 10_000,
        options: { url: 'http://127.0.0.1/healthz' },
      },
      expect.objectContaining({ id: 'shop', kind: 'http', on: 'active', everyMs: 2000, timeoutMs: 1000, graceMs: 30_000 }),
      expect.objectContaining({ id: 'vip', kind: 'vip', on: 'active' }),
    ])
  })

  it('may be of every kind there is', () => {
    const kinds = new Set(checksIn(...all)?.map((check) => check.kind))
    expect(kinds).toEqual(new Set(checkKinds.keys()))
  })

  it('can be stored in the log and read back', () => {
    const entry = { index: 1, term: 1, body: { type: 'cluster', spec: read(...all) } }
    expect(entrySchema.parse(JSON.parse(JSON.stringify(entry)))).toEqual(entry)
  })

  it('have options that their kinds accept again when they come back from the log', () => {
    for (const check of checksIn(...all) ?? []) expect(checkKinds.get(check.kind)?.schema.parse(check.options)).toEqual(check.options)
  })

  it('leave a configuration that has none as it was before there were any', () => {
    expect(Object.keys(read().groups[0] ?? {})).toEqual(['id', 'mode', 'nodes', 'endpoints'])
    expect(configHash(read('tcp: { port: 1 }'))).not.toBe(configHash(read()))
  })

  it('have a timeout that is never longer than the period, also where only the period is written', () => {
    expect(checksIn('tcp: { port: 1, every: 300ms }')?.[0]).toMatchObject({ everyMs: 300, timeoutMs: 300 })
  })
})

describe('a mistake in a check is refused with its place and its fix', () => {
  it.each([
    [
      'tcp: { port: 1, every: 500ms, timeout: 2s }',
      '8:46 a timeout of 2s is longer than the 500ms from one probe to the next -> write timeout: 500ms or less, or every: 2s or more',
    ],
    [
      'tcp: { port: 1, every: 10 }',
      '8:30 expected a duration with its unit, such as 500ms, 10s or 1m, found 10 -> write 10ms or 10s, whichever is meant',
    ],
    ['tcp: { port: 1, every: 2h }', '8:30 expected a duration between 50ms and 1h, found "2h" -> write a duration between 50ms and 1h'],
    ['tcp: { port: 1, fall: 0 }', '8:29 expected at least 1, found 0 -> write at least 1'],
    ['tcp: { prot: 1, port: 2 }', '8:14 unknown key "prot", did you mean "port"? -> write port'],
    ['tcp: {}', '8:7 missing, expected a number -> add groups.web.checks.tcp.port: a number'],
    ['site: { port: 1 }', '8:7 missing, because "site" is no kind of check by itself -> add type: one of http, tcp'],
    [
      'htpp: { url: "http://a/" }',
      '8:7 missing, because "htpp" is no kind of check by itself -> call it http, or add type: one of http, tcp',
    ],
    ['site: { type: htttp, url: "http://a/" }', '8:21 there is no kind of check "htttp", did you mean "http"? -> write http'],
    ['http: { url: "ftp://a/" }', '8:20 expected a URL such as http://127.0.0.1/healthz, without user and password, found "ftp://a/"'],
    ['http: { url: "http://a/", verify: false }', '8:41 expected no verify for a URL without TLS, found false'],
    ['http: { url: "http://a/", matches: "(" }', '8:42 expected a regular expression of JavaScript, found "("'],
    ['http: { url: "http://a/", status: 99 }', '8:41 expected a status such as 200, a range such as 200-299, or a list of these, found 99'],
    ['ping: { hosts: [10.0.0.1], need: 2 }', '8:40 expected at most 1, the hosts named, found 2'],
    ['ping: { hosts: ["-f"] }', '8:23 expected a name or an address, such as 10.0.0.1, found "-f"'],
    ['process: { name: a, pidfile: /run/a }', '8:24 expected either a pidfile or a name, found "a"'],
    ['process: {}', '8:16 expected either a pidfile or a name, found a map'],
    ['script: { command: check.sh }', '8:26 expected an absolute path, found "check.sh"'],
    ['script: { command: /a, maxLag: 10 }', '8:38 expected a duration such as 10s, or a size such as 16MiB, found 10'],
    ['disk: { path: /, free: 10 }', '8:30 expected a part such as 10%, or a size such as 500MiB, found 10'],
    ['dns: { name: a, server: ns.example.net }', '8:31 expected the IP address of a name server'],
    ['dns: { name: x..y }', '8:20 expected a domain name, such as app.example.com, found "x..y"'],
    [
      'vip: { address: 10.0.0.51 }',
      '8:23 no endpoint of the group brings 10.0.0.51: the check could never pass -> write one of 10.0.0.50, or remove',
    ],
    ['vip: { on: both }', '8:18 a vip check can only pass where the group is active -> write on: active, or remove the line'],
    ['peer: { port: 1, on: both }', '8:28 a peer check is made where the group is not active -> write on: standby, or remove the line'],
    ['peer: {}', '8:13 expected either port or http, found a map'],
    ['peer: { http: { url: "ftp://a/" } }', '8:28 expected a URL such as http://127.0.0.1/healthz'],
    ['Web_1: { type: tcp, port: 1 }', '8:7 expected a name of lower-case letters'],
  ])('%s', (check, problem) => {
    const problems = problemsOf(check)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(problem)
  })
})

describe('a vip check of a group that brings no address', () => {
  const dns = { ...kind, schema: z.strictObject({ name: z.string() }), describe: () => 'x', claims: () => [] }
  const both: PluginMap = new Map([...plugins, ['dns', { package: '@movip/backend-dns', plugin: { kinds: { dns } }, kind: dns }]])
  const withEndpoints = (endpoints: string, check: string) =>
    clusterSpecFromText(text(check).replace(/endpoints: .*/, `endpoints: ${endpoints}`), 'cluster.yaml', { plugins: both })

  it('is refused: it would always pass', () => {
    const wanted = {
      file: 'cluster.yaml',
      line: 8,
      found: 'no endpoint with an address',
      expected: 'an endpoint with an address, such as arp',
      fix: expect.stringContaining('address:') as string,
    }
    const thrown = (() => {
      try {
        return withEndpoints('[{ backend: dns, name: shop.example }]', 'here: { type: vip }')
      } catch (error) {
        return error
      }
    })()
    expect(thrown).toMatchObject({ problems: [wanted] })
  })

  it('is taken where it names one itself, or another endpoint has one', () => {
    expect(withEndpoints('[{ backend: dns, name: a }]', 'vip: { address: 10.0.0.50 }').groups[0]?.checks).toHaveLength(1)
    expect(withEndpoints('[{ backend: dns, name: a }, { backend: arp, address: 10.0.0.50/24 }]', 'vip: {}').groups[0]?.checks).toHaveLength(
      1,
    )
  })
})

it('more checks than all nodes can be told of are refused', () => {
  const many = Array.from({ length: 65 }, (_, index) => `c${index}: { type: tcp, port: 1 }`)
  expect(problemsOf(...many)).toEqual(['8:7 expected at most 64 checks, found a map -> write at most 64 checks'])
  expect(checksIn(...many.slice(1))).toHaveLength(64)
})

it('the JSON Schema describes every kind, and asks for its type where the name does not tell it', () => {
  const schema = JSON.stringify(clusterJsonSchema(plugins))
  for (const name of checkKinds.keys()) expect(schema).toContain(`"type":{"const":"${name}"}`)
  expect(clusterJsonSchema(plugins)).toMatchObject({
    definitions: { check: { anyOf: expect.arrayContaining([expect.objectContaining({ required: ['type', 'url'] })]) } },
    properties: {
      groups: {
        additionalProperties: {
          properties: {
            checks: {
              properties: { http: { anyOf: expect.arrayContaining([expect.objectContaining({ required: ['url'] })]) } },
              additionalProperties: { $ref: '#/definitions/check' },
            },
          },
        },
      },
    },
  })
})
