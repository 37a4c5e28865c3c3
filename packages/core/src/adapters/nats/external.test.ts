import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nkeys } from '@nats-io/transport-node'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { NatsAuth, NatsConfig, TlsFiles } from '../../config/types.ts'
import type { Message } from '../../model/index.ts'
import type { Logger } from '../../ports.ts'
import { startForeignNats } from './foreign-nats-for-tests.ts'
import { tryExternalNats } from './try-external.ts'
import { createTransport, type NatsTransport } from './transport.ts'

const undo: (() => void | Promise<void>)[] = []
const logged: string[] = []
const note = (event: string, fields?: unknown): number => logged.push(`${event} ${JSON.stringify(fields)}`)
const logger: Logger = { debug: note, info: note, warn: note, error: note }
let folder = ''

beforeEach(() => {
  logged.length = 0
  folder = mkdtempSync(join(tmpdir(), 'movip-nats-'))
  undo.push(() => rmSync(folder, { recursive: true, force: true }))
})
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step()
})

function write(name: string, content: string, mode = 0o600): string {
  const path = join(folder, name)
  writeFileSync(path, content, { mode })
  return path
}
/** Starts somebody else's NATS; returns its port. */
async function startServer(config: string): Promise<number> {
  const nats = await startForeignNats(folder, config)
  undo.push(() => nats.kill())
  return nats.port
}
async function join2(port: number, auth: NatsAuth, tls?: TlsFiles): Promise<readonly [NatsTransport, NatsTransport]> {
  const config: NatsConfig = {
    type: 'external',
    servers: [`${tls === undefined ? 'nats' : 'tls'}://localhost:${port}`],
    auth,
    ...(tls === undefined ? {} : { tls }),
  }
  const make = (node: string) =>
    createTransport({ planes: [{ name: 'main', ...config }], cluster: 'shop', node, peers: [], runtimeFolder: folder, logger })
  const [a, b] = await Promise.all([make('a'), make('b')])
  undo.push(async () => void (await Promise.all([a.close(), b.close()])))
  return [a, b]
}
async function expectTalk([a, b]: readonly [NatsTransport, NatsTransport]): Promise<void> {
  const heard: Message[] = []
  b.onMessage((message) => heard.push(message))
  await vi.waitUntil(
    () => {
      a.send('b', { type: 'timeout-now', from: 'a', incarnation: { dataId: 'x', generation: 1 }, to: 'b', term: 1 })
      return heard.length > 0
    },
    { timeout: 5000, interval: 10 },
  )
}

test('a user and a password open a server, a wrong password keeps trying and says why, and neither is logged', async () => {
  const port = await startServer('authorization { user: "movip", password: "geheim" }')
  await expectTalk(await join2(port, { type: 'password', user: 'movip', passwordFile: write('password', 'geheim\n') }))
  const [wrong] = await join2(port, { type: 'password', user: 'movip', passwordFile: write('wrong', 'falsch') })
  await vi.waitUntil(() => /authorization/i.test(wrong.status().lastError ?? ''), { timeout: 3000 })
  expect(wrong.status().connected).toBe(false)
  expect(logged.join('\n')).not.toMatch(/geheim|falsch/)
})

test('an nkey opens a server, and a seed that everybody can read is refused', async () => {
  const user = nkeys.createUser()
  const port = await startServer(`authorization { users: [ { nkey: ${user.getPublicKey()} } ] }`)
  const seedFile = write('seed', new TextDecoder().decode(user.getSeed()))
  await expectTalk(await join2(port, { type: 'nkey', seedFile }))
  chmodSync(seedFile, 0o644)
  await expect(join2(port, { type: 'nkey', seedFile })).rejects.toMatchObject({
    code: 'NATS_SECRET_EXPOSED',
    fix: expect.stringContaining('chmod 600'),
  })
})

test('a credentials file opens a server that trusts its operator', async () => {
  const [operator, account, user] = [nkeys.createOperator(), nkeys.createAccount(), nkeys.createUser()]
  const token = (issuer: nkeys.KeyPair, subject: string, nats: object): string => {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    const claims = { jti: subject, iat: 1, iss: issuer.getPublicKey(), name: 'test', sub: subject, nats: { ...nats, version: 2 } }
    const body = `${part({ typ: 'JWT', alg: 'ed25519-nkey' })}.${part(claims)}`
    return `${body}.${Buffer.from(issuer.sign(Buffer.from(body))).toString('base64url')}`
  }
  const unlimited = { subs: -1, data: -1, payload: -1 }
  const accountToken = token(operator, account.getPublicKey(), {
    type: 'account',
    limits: { ...unlimited, imports: -1, exports: -1, conn: -1, leaf: -1, wildcards: true },
  })
  const userToken = token(account, user.getPublicKey(), { type: 'user', pub: {}, sub: {}, ...unlimited })
  const port = await startServer(
    `operator: ${token(operator, operator.getPublicKey(), { type: 'operator' })}\nresolver: MEMORY\nresolver_preload: { ${account.getPublicKey()}: ${accountToken} }`,
  )
  const file = write(
    'user.creds',
    `-----BEGIN NATS USER JWT-----\n${userToken}\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n${new TextDecoder().decode(user.getSeed())}\n------END USER NKEY SEED------\n`,
  )
  await expectTalk(await join2(port, { type: 'credentials', file }))
})

test('a server that asks for client certificates lets in who has one, and nobody else', async () => {
  const run = (...words: string[]): void => void execFileSync('openssl', words, { cwd: folder, stdio: 'pipe' })
  run(
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-subj',
    '/CN=ca',
    '-days',
    '2',
  )
  write('names', 'subjectAltName=DNS:localhost,IP:127.0.0.1')
  for (const name of ['server', 'client']) {
    run(
      'req',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
      '-subj',
      `/CN=${name}`,
    )
    run(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-out',
      `${name}.pem`,
      '-days',
      '2',
      '-extfile',
      'names',
    )
  }
  const at = (name: string): string => join(folder, name)
  const port = await startServer(
    `tls { cert_file: "${at('server.pem')}", key_file: "${at('server.key')}", ca_file: "${at('ca.pem')}", verify: true }`,
  )
  await expectTalk(await join2(port, { type: 'none' }, { ca: at('ca.pem'), cert: at('client.pem'), key: at('client.key') }))
  const [bare] = await join2(port, { type: 'none' }, { ca: at('ca.pem') })
  await vi.waitUntil(() => bare.status().lastError !== null, { timeout: 3000 })
  expect(bare.status().connected).toBe(false)
  chmodSync(at('client.key'), 0o604)
  await expect(join2(port, { type: 'none' }, { ca: at('ca.pem'), cert: at('client.pem'), key: at('client.key') })).rejects.toMatchObject({
    code: 'NATS_SECRET_EXPOSED',
  })
})

test('a server that is not there yet is waited for without stopping anything, and closing ends the waiting', async () => {
  const config: NatsConfig = { type: 'external', servers: ['nats://127.0.0.1:9'], auth: { type: 'none' } }
  const transport = await createTransport({
    planes: [{ name: 'main', ...config }],
    cluster: 'shop',
    node: 'a',
    peers: [],
    runtimeFolder: folder,
    logger,
  })
  await vi.waitUntil(() => transport.status().lastError !== null, { timeout: 3000 })
  transport.send('all', { type: 'timeout-now', from: 'a', incarnation: { dataId: 'x', generation: 1 }, to: 'b', term: 1 })
  expect(transport.status()).toMatchObject({ connected: false, sent: 0, lastError: expect.stringMatching(/refused/) })
  await transport.close()
})

test('a trial connection tells a refused password from a server that is not there', async () => {
  const port = await startServer('authorization: { user: movip, password: right }')
  const wrong = write('password', 'wrong')
  const config = (at: number, passwordFile: string) =>
    ({ type: 'external', servers: [`nats://127.0.0.1:${at}`], auth: { type: 'password', user: 'movip', passwordFile } }) as const
  expect(await tryExternalNats(config(port, write('right', 'right')))).toBeNull()
  const refused = await tryExternalNats(config(port, wrong))
  expect([refused?.code, refused?.message]).toEqual([
    'NATS_REFUSED',
    expect.stringContaining(`the user movip with the password in ${wrong}`),
  ])
  expect((await tryExternalNats(config(1, wrong)))?.code).toBe('NATS_UNREACHABLE')
})
