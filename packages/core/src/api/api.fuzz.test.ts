import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, it } from 'vitest'
import type { Logger } from '../ports.ts'
import { assertHolds } from '../testing/fuzz/fuzz.ts'
import { mutatedBytes, mutatedJson } from '../testing/fuzz/mutations.ts'
import { ClientError, createClient } from './client.ts'
import { startApiServer } from './server.ts'
import type { EventsQuery } from './server.ts'

const corpus = new URL('../../corpus/', import.meta.url)
let folder = ''
const open: { close(): unknown }[] = []
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'movip-fuzz-'))
})
afterAll(async () => {
  for (const each of open) await each.close()
  rmSync(folder, { recursive: true })
})

const tokens = [
  '\r\n\r\n',
  'GET ',
  'POST ',
  ' HTTP/1.1\r\n',
  '//',
  'http://[',
  '?limit=',
  '%',
  '%00',
  '*',
  'Transfer-Encoding: chunked\r\n',
  '0\r\n\r\n',

  'ffffffffff\r\n',
  'Content-Length: 9\r\n',
  'Content-Length: -1\r\n',
  'Expect: 100-continue\r\n',
  'Upgrade: x\r\nConnection: upgrade\r\n',

  'Connection: close\r\n',
  'HTTP/1.1 101 Switching\r\n',
  'HTTP/1.1 204 x\r\n',
  'HTTP/1.1 999 x\r\n',
  'x'.repeat(20_000),
  '__proto__',
]
const head = (method: string, path: string, body: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\nHost: local\r\nContent-Length: ${body.length}\r\n\r\n`), body])

const bodies = mutatedJson(fc, [[{ group: 'web', to: 'n2' }], [{ group: 'web' }], [{ cluster: 'cluster: shop' }]])
const anyPath = fc.oneof(
  fc.constantFrom(
    '/v1/status',
    '/v1/cluster',
    '/v1/events',
    '/v1/moves',
    '/v1/events?after=1&wait=-1',
    '/v1/switchover',
    '/v1/release',
    '/v1/configure',
    '/v1/plan',
    '/v1/apply',
    '/v1/history',
    '/v1/maintenance',
    '//',
    '/',
    '*',
    'http://[::1',
    '/v1/status/..//',
  ),
  fc.constantFrom('0', '', '-0', '1e9', '0x10', ' ', '99999999999999999999', 'NaN', '1.5').map((limit) => `/v1/events?limit=${limit}`),
)
const wholeRequest = Buffer.from('GET /v1/events?limit=5 HTTP/1.1\r\nHost: local\r\nConnection: close\r\n\r\n')
const requests = [
  wholeRequest,
  head('GET', '/v1/events?limit=5', Buffer.alloc(0)),
  head('POST', '/v1/switchover', Buffer.from('{"group":"web","to":"n2"}')),
  head('POST', '/v1/release', Buffer.from('{}')),
  Buffer.from('POST /v1/switchover HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nf\r\n{"group":"web"}\r\n0\r\n\r\n'),
]

/** So long an answer is waited for before we hang up; a request that is not whole gets none. */
const patienceMs = 4

/** Says everything at once, and hangs up when the first word of the answer is heard; with `isWhole` it leaves that to the other side. */
function exchange(socket: string, inputs: readonly Uint8Array[], isWhole = false): Promise<string> {
  return new Promise((resolve) => {
    const call = connect({ path: socket, allowHalfOpen: true })
    const chunks: Buffer[] = []
    const hangUp = setTimeout(() => call.end(), isWhole ? 1000 : patienceMs)
    call.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      if (!isWhole) call.end()
    })
    call.on('end', () => call.end())
    // Whom it refuses in the middle of a word the server may cut off.
    call.on('error', () => undefined)
    call.on('close', () => {
      clearTimeout(hangUp)
      resolve(Buffer.concat(chunks).toString('latin1'))
    })
    for (const input of inputs) call.write(input)
  })
}

it('requests to the API, any bytes: answered in our words or cut off, never by a failure of ours, and the next one is served', async () => {
  const socket = join(folder, 'api')
  const complaints: unknown[] = []
  const complain = (event: string, fields?: object): void => void complaints.push({ event, ...fields })
  const logger: Logger = { debug: () => undefined, info: () => undefined, warn: complain, error: complain }
  const handlers = {
    status: () => ({ status: 'well' }) as never,
    cluster: () => ({ name: 'shop' }) as never,
    events: (query: EventsQuery) => {
      const { limit, after, waitMs } = query
      if (![limit, after ?? 0, waitMs].every((value) => Number.isSafeInteger(value) && value >= 0)) complain('query', query)
      return Promise.resolve({ events: [], last: 0 })
    },
    moves: () => ({ moves: [] }),
    switchover: (wish: { group: string; to?: string }) => {
      if (typeof wish.group !== 'string' || wish.group === '' || wish.to === '') complain('wish', wish)
      return Promise.resolve({ ok: true as const, group: wish.group, from: null, to: wish.to ?? 'n2', epoch: 5 })
    },
    release: () => Promise.resolve({ released: [], left: [] }),
    configure: (text: string) => {
      if (typeof text !== 'string') complain('configure', { text })
      return Promise.resolve(null)
    },
    testNotify: () => Promise.resolve([]),
    drill: (wish: { forMs: number; epoch: number }) => {
      if (!(wish.forMs >= 1000 && wish.forMs <= 60_000) || wish.epoch < 1) complain('drill', wish)
      return Promise.resolve(null)
    },
    changes: {
      plan: () => Promise.resolve({ code: 'CONFIG_INVALID', message: 'it is no configuration', fix: 'correct it' }),
      apply: () => Promise.resolve({ code: 'outdated', message: 'it is another one by now', fix: 'look again' }),
      history: () => ({ configurations: [] }),
      maintain: () => Promise.resolve({ index: 7, nodes: [] }),
      confirmOff: () => Promise.resolve({ index: 7, groups: [] }),
    },
    upgrade: {
      takeOver: () => Promise.resolve({ code: 'not-invited', message: 'nobody asked for you', fix: 'none' }),
      begin: () => Promise.resolve({ code: 'not-now', message: 'web is on its way here', fix: 'wait' }),
      state: () => ({
        schemaVersion: 1 as const,
        version: '1',
        generation: 2,
        isPassing: false,
        refused: null,
        began: { from: null, adopted: [], why: null, pauseMs: null },
      }),
    },
  }
  open.push(await startApiServer({ socket, mode: 0o600, logger, handlers }))
  const request = fc.oneof(
    mutatedBytes(fc, requests, tokens),
    fc
      .tuple(fc.constantFrom('GET', 'POST', 'HEAD', 'PUT', 'OPTIONS', 'CONNECT'), anyPath, bodies)
      .map(([method, path, body]) => head(method, path, body)),
    bodies.map((body) => head('POST', '/v1/switchover', body)),
  )
  await assertHolds(fc, {
    name: 'api-request',
    corpus,
    costly: true,
    cases: fc.array(request, { minLength: 1, maxLength: 3 }),
    async check(inputs) {
      const answer = await exchange(socket, inputs)
      if (answer !== '' && !answer.startsWith('HTTP/1.1 ')) throw new Error(`an answer that is not HTTP: ${answer.slice(0, 80)}`)
      const failed = /HTTP\/1\.1 5\d\d[^]*/.exec(answer)
      if (failed !== null) throw new Error(`a failure of ours: ${failed[0].slice(0, 400)}`)
      if (complaints.length > 0) throw new Error(`the daemon complains: ${JSON.stringify(complaints.splice(0)).slice(0, 400)}`)
      const next = await exchange(socket, [wholeRequest], true)
      if (!next.includes('{"schemaVersion":1,"events":[],"last":0}')) throw new Error(`the next request was not served: ${next}`)
    },
  })
})

/** Answers every call with the same bytes, and hangs up. */
function startParrot(socket: string, say: () => Uint8Array): Promise<Server> {
  const server = createServer((call: Socket) => {
    call.on('error', () => undefined)
    call.once('data', () => call.end(say()))
  })
  return new Promise((resolve) => void server.listen(socket, () => resolve(server)))
}

it('answers of whatever listens on the socket, any bytes: taken as an answer of this API, or refused with a ClientError, in time', async () => {
  const socket = join(folder, 'parrot')
  let words: Uint8Array = new Uint8Array()
  const server = await startParrot(socket, () => words)
  open.push({ close: () => new Promise((resolve) => void server.close(resolve)) })
  const reply = (status: string, body: Uint8Array): Buffer =>
    Buffer.concat([Buffer.from(`HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`), body])
  const good = { schemaVersion: 1, events: [{ at: 'now', node: 'n1', event: { type: 'quorum' } }] }
  const bad = { schemaVersion: 1, error: { code: 'unknown-group', message: 'there is no group x', fix: 'one of: web' } }
  const answers = [reply('200 OK', Buffer.from(JSON.stringify(good))), reply('404 Not Found', Buffer.from(JSON.stringify(bad)))]
  const statuses = fc.constantFrom(
    '200 OK',
    '404 x',
    '500 x',
    '101 Switching Protocols',
    '100 Continue',
    '204 x',
    '304 x',
    '302 x',
    '600 x',
    '99 x',
  )
  const answer = fc.oneof(
    mutatedBytes(fc, answers, tokens),
    fc.tuple(statuses, mutatedJson(fc, [[good], [bad]])).map(([status, body]) => reply(status, body)),
    fc.constant(Buffer.from('HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n')),
  )
  // A starved machine is no silence: what is answered at once comes in this time on any.
  const client = createClient({ socket, timeoutMs: 4000 })
  await assertHolds(fc, {
    name: 'api-answer',
    corpus,
    costly: true,
    cases: fc.tuple(answer),
    async check([bytes = new Uint8Array()]) {
      words = bytes
      try {
        const { schemaVersion, events } = await client.events(1)
        if (typeof events !== 'object' || events === null) throw new Error('an answer without what was asked for was taken')
        if (schemaVersion !== 1) throw new Error(`an answer of version ${String(schemaVersion)} was taken`)
      } catch (error) {
        if (!(error instanceof ClientError)) throw error
        if (error.code === 'NO_ANSWER' || error.code === 'NO_DAEMON')
          throw new Error(`what was answered at once is called ${error.code}`, { cause: error })
        if ([error.message, error.fix].some((text) => typeof text !== 'string'))
          throw new Error('a refusal without words', { cause: error })
      }
    },
  })
})
