import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { assertPrivate, ConfigError, loadNodeConfig, nodeConfigFromText, nodeJsonSchema } from './index.ts'

const good = `node: a
nats:
  embedded: { listen: 10.0.0.11:6222 }
`

function problemsOf(text: string): string[] {
  try {
    nodeConfigFromText(text, '/etc/movip/node.yaml')
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems.map((problem) => `${problem.line}:${problem.column} ${problem.path} | ${problem.message}`)
  }
  return []
}

describe('node.yaml', () => {
  it('needs little more than a name', () => {
    expect(nodeConfigFromText(good, '/etc/movip/node.yaml')).toEqual({
      file: '/etc/movip/node.yaml',
      node: 'a',
      data: '/var/lib/movip',
      bootstrap: '/etc/movip/cluster.yaml',
      nats: [{ name: 'main', type: 'embedded', host: '10.0.0.11', port: 6222, secretFile: '/etc/movip/cluster.secret' }],
      interfaces: {},
      secrets: {},
      api: { socket: '/run/movip/movip.sock', mode: 0o660 },
      health: [],
      drills: true,
      log: { level: 'info' },
    })
  })

  it('takes relative paths from its own folder', () => {
    const config = nodeConfigFromText(
      'node: a\ndata: data\nbootstrap: ../c.yaml\napi: { socket: run/s, mode: "600" }\nnats: { embedded: { listen: "[fd00::1]:1", secret: s, tls: { ca: ca.pem } } }',
      '/x/y/node.yaml',
    )
    expect(config).toMatchObject({
      data: '/x/y/data',
      bootstrap: '/x/c.yaml',
      api: { socket: '/x/y/run/s', mode: 0o600 },
      drills: true,
      nats: [{ host: 'fd00::1', port: 1, secretFile: '/x/y/s', tls: { ca: '/x/y/ca.pem' } }],
    })
  })

  it.each([
    ['credentials: n.creds', { type: 'credentials', file: '/etc/movip/n.creds' }],
    ['nkey: n.nk', { type: 'nkey', seedFile: '/etc/movip/n.nk' }],
    ['user: u, passwordFile: p', { type: 'password', user: 'u', passwordFile: '/etc/movip/p' }],
  ])("signs in to servers of one's own with %s", (setting, auth) => {
    const text = `node: a\nnats: { servers: [tls://nats.example.net:4222], ${setting}, tls: { ca: ca.pem, cert: c.pem, key: k.pem } }`
    expect(nodeConfigFromText(text, '/etc/movip/node.yaml').nats).toEqual([
      {
        name: 'main',
        type: 'external',
        servers: ['tls://nats.example.net:4222'],
        auth,
        tls: { ca: '/etc/movip/ca.pem', cert: '/etc/movip/c.pem', key: '/etc/movip/k.pem' },
      },
    ])
  })

  it('may name several planes, each embedded or of its own', () => {
    const text = `node: a
nats:
  - { embedded: { listen: 10.0.0.11:6222 } }
  - { name: back, embedded: { listen: 10.1.0.11:6222, secret: other.secret } }
  - { name: office, servers: ["nats://nats.example.net:4222"], credentials: n.creds }
`
    expect(nodeConfigFromText(text, '/etc/movip/node.yaml').nats).toEqual([
      { name: 'main', type: 'embedded', host: '10.0.0.11', port: 6222, secretFile: '/etc/movip/cluster.secret' },
      { name: 'back', type: 'embedded', host: '10.1.0.11', port: 6222, secretFile: '/etc/movip/other.secret' },
      {
        name: 'office',
        type: 'external',
        servers: ['nats://nats.example.net:4222'],
        auth: { type: 'credentials', file: '/etc/movip/n.creds' },
      },
    ])
  })

  it.each([
    [
      'two planes of one name',
      'node: a\nnats:\n  - { embedded: { listen: "10.0.0.1:1" } }\n  - { name: main, embedded: { listen: "10.0.0.2:1" } }\n',
      ['4:13 nats[1].name | a second plane called main'],
    ],
    [
      'a plane without a name beside one without a name',
      'node: a\nnats:\n  - { embedded: { listen: "10.0.0.1:1" } }\n  - { servers: ["nats://h:4222"] }\n',
      ['4:5 nats[1].name | a second plane called main'],
    ],
    [
      'two planes that listen in one place, one of them everywhere',
      'node: a\nnats:\n  - { embedded: { listen: "10.0.0.1:6222" } }\n  - { name: back }\n',
      ['4:5 nats[1].embedded.listen | two planes would listen at port 6222 of 0.0.0.0'],
    ],
    [
      'a plane with two ways to sign in, by its place',
      'node: a\nnats:\n  - { servers: ["nats://h:4222"], credentials: a, nkey: b }\n',
      ['3:51 nats[0].nkey | two ways to sign in: credentials and nkey'],
    ],
    ['an unknown key of a plane', 'node: a\nnats:\n  - { nam: back }\n', ['3:7 nats[0].nam | unknown key "nam", did you mean "name"?']],
    ['no plane at all', 'node: a\nnats: []\n', ['2:7 nats | expected one to 8 planes, found an empty list']],
    ['an unknown key', `${good}intefaces: { lan: eth0 }\n`, ['4:1 intefaces | unknown key "intefaces", did you mean "interfaces"?']],
    [
      'a missing name',
      'data: /x\n',
      ['1:1 node | missing, expected a name of lower-case letters, digits and dashes that begins with a letter (63 at most)'],
    ],
    [
      'a listen address without a port',
      good.replace(':6222', ''),
      ['3:23 nats.embedded.listen | expected an address and a port, such as 10.0.0.11:6222, found "10.0.0.11"'],
    ],
    [
      'a mode that YAML reads as a number',
      `${good}api: { mode: 0660 }\n`,
      ['4:14 api.mode | expected octal digits in quotes, such as "0660", found 660'],
    ],
    [
      'an interface name that the kernel would refuse',
      `${good}interfaces: { lan: a-name-much-too-long }\n`,
      ['4:20 interfaces.lan | expected the name of a network interface, such as eth0, found "a-name-much-too-long"'],
    ],
    [
      'a password in a URL',
      'node: a\nnats: { servers: ["nats://u:p@h:4222"] }\n',
      [
        '2:19 nats.servers[0] | expected a server such as nats://10.0.0.5:4222 or tls://nats.example.net:4222, without user and password, found "nats://u:p@h:4222"',
      ],
    ],
    [
      'both kinds of NATS',
      `${good}  servers: ["nats://h:4222"]\n`,
      ['4:3 nats.servers | both an embedded nats-server and servers of your own'],
    ],
    [
      'two ways to sign in',
      'node: a\nnats: { servers: ["nats://h:4222"], credentials: a, nkey: b }\n',
      ['2:53 nats.nkey | two ways to sign in: credentials and nkey'],
    ],
    [
      'a user without a password',
      'node: a\nnats: { servers: ["nats://h:4222"], user: u }\n',
      ['2:37 nats.user | user without passwordFile'],
    ],
    [
      'credentials without servers',
      'node: a\nnats: { credentials: a }\n',
      ['2:9 nats.credentials | credentials is for servers of your own, and none are named'],
    ],
    [
      'a certificate without its key',
      `node: a\nnats: { embedded: { listen: "h:1", tls: { cert: c } } }\n`,
      ['2:43 nats.embedded.tls.cert | cert without key'],
    ],
    [
      'a socket path that the kernel would refuse',
      `${good}api: { socket: /${'x'.repeat(107)} }\n`,
      [`4:16 api.socket | expected a path of at most 107 characters, the limit for sockets, found "/${'x'.repeat(55)}...`],
    ],
    [
      'a socket path that is too long only in bytes, or only from the folder of the file on',
      `${good}api: { socket: ${'é'.repeat(60)} }\n`,
      ['4:16 api.socket | the whole path has 131 bytes, more than the 107 that a socket can have'],
    ],
    ['a path that no file can have', `${good}data: "a\\0b"\n`, ['4:7 data | expected a path, found "a\\u0000b"']],
    ['a text', 'hello', ['1:1  | expected a map, found "hello"']],
  ])('refuses %s, naming the place', (_title, text, expected) => {
    expect(problemsOf(text)).toEqual(expected)
  })

  it('never crashes on garbage', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.tuple(fc.nat(good.length), fc.string()).map(([at, put]) => good.slice(0, at) + put + good.slice(at)),
        ),
        (text) => {
          problemsOf(text)
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('that does not exist is refused with the next step', async () => {
    await expect(loadNodeConfig('/nonexistent/node.yaml')).rejects.toThrow(
      '/nonexistent/node.yaml:1:1: there is no such file\n  next: name another file, or write one with: movip init',
    )
  })

  it('has a JSON Schema that knows every key', () => {
    expect(Object.keys((nodeJsonSchema()['properties'] ?? {}) as object)).toEqual([
      'node',
      'data',
      'bootstrap',
      'nats',
      'interfaces',
      'secrets',
      'api',
      'health',
      'drills',
      'fence',
      'watchdog',
      'log',
      'notify',
    ])
  })
})

describe('a secret file', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'movip-secret-'))
    await writeFile(join(folder, 'secret'), 'x')
  })
  afterAll(() => rm(folder, { recursive: true }))

  it.each([
    [0o640, '0640'],
    [0o604, '0604'],
    [0o620, '0620'],
  ])('that others may touch is refused (%o)', async (mode, octal) => {
    const file = join(folder, 'secret')
    await chmod(file, mode)
    await expect(assertPrivate(file)).rejects.toMatchObject({
      code: 'SECRET_EXPOSED',
      message: `the secret file ${file} is open to others (mode ${octal})`,
      fix: `chmod 600 ${file}`,
    })
  })

  it('that only its owner may read is accepted, one that is missing is not', async () => {
    const file = join(folder, 'secret')
    await chmod(file, 0o400)
    await assertPrivate(file)
    await expect(assertPrivate(join(folder, 'none'))).rejects.toMatchObject({ code: 'SECRET_MISSING' })
  })
})
