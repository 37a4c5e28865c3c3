import { execFileSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Delivery } from './message.ts'
import { Outbox } from './outbox.ts'
import { keepingLogger, sampleMessage, targetOf } from './samples-for-tests.ts'
import { webhookDelivery } from './webhook.ts'
import { createHandClock } from '../checks/clock-for-tests.ts'

interface Post {
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

let folder = ''
let server: Server | null = null
const posts: Post[] = []

beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'movip-webhook-'))))
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
  posts.length = 0
  rmSync(folder, { recursive: true, force: true })
})

/** A receiver that keeps what is posted to it, and answers as told. */
async function receive(answer: (response: ServerResponse, count: number) => void, tls?: { key: Buffer; cert: Buffer }): Promise<string> {
  const take = (request: IncomingMessage, response: ServerResponse): void => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('end', () => {
      posts.push({ headers: request.headers, body })
      answer(response, posts.length)
    })
  }
  const made: Server = tls === undefined ? createServer(take) : createTlsServer(tls, take)
  server = made
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve))
  return `http${tls === undefined ? '' : 's'}://localhost:${(made.address() as AddressInfo).port}/hook`
}

function secret(text: string, mode = 0o600): string {
  const file = join(folder, 'secret')
  writeFileSync(file, text)
  chmodSync(file, mode)
  return file
}

const ok = (response: ServerResponse): void => void response.writeHead(204).end()
const send = (via: { url?: string; ca?: string }, secrets = {}, signal = AbortSignal.timeout(10_000)): Promise<Delivery> =>
  webhookDelivery({ type: 'webhook', ...via }, secrets)(sampleMessage('a', 'b'), signal).catch((error: unknown) => ({
    ok: false,
    why: String(error),
    isFinal: false,
  }))

describe('a webhook', () => {
  it('gets the message as JSON, under a name that is the same at every attempt', async () => {
    const url = await receive(ok)
    expect(await send({ url })).toEqual({ ok: true, said: 'status 204' })
    await send({ url })
    const [first, second] = posts
    expect(first?.headers['content-type']).toBe('application/json')
    const body = JSON.parse(first?.body ?? '') as Record<string, unknown>
    expect(body).toMatchObject({ schemaVersion: 1, cluster: 'shop', node: 'n1', events: [{ id: 'a' }, { id: 'b' }], omitted: 0, lost: 0 })
    expect(first?.headers['movip-id']).toBe(body['id'])
    expect(second?.headers['movip-id']).toBe(body['id'])
    expect(first?.headers['movip-signature']).toBeUndefined()
  })

  it('can tell by the signature who sent it, and when', async () => {
    const url = await receive(ok)
    const before = Math.floor(Date.now() / 1000)
    await send({ url }, { secretFile: secret('s3cret\n') })
    const [, time = '', code] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(posts[0]?.headers['movip-signature'])) ?? []
    expect(code).toBe(createHmac('sha256', 's3cret').update(`${time}.${posts[0]?.body}`).digest('hex'))
    expect(Number(time)).toBeGreaterThanOrEqual(before)
  })

  it('is sent nothing with a secret that others may read', async () => {
    const url = await receive(ok)
    expect(await send({ url }, { secretFile: secret('s3cret', 0o644) })).toMatchObject({ ok: false, why: expect.stringContaining('0644') })
    expect(posts).toEqual([])
  })

  it('may have its URL in a secret file', async () => {
    const url = await receive(ok)
    expect(await send({}, { urlFile: secret(`${url}\n`) })).toMatchObject({ ok: true })
    expect(await send({}, { urlFile: secret('no url') })).toMatchObject({ ok: false, isFinal: true })
    expect(await send({})).toMatchObject({ ok: false, isFinal: true, why: expect.stringContaining('node.yaml') })
  })

  it('that redirects is not followed', async () => {
    const url = await receive((response) => void response.writeHead(307, { location: '/elsewhere' }).end())
    expect(await send({ url })).toMatchObject({ ok: false, isFinal: true, why: expect.stringContaining('status 307') })
    expect(posts).toHaveLength(1)
  })

  it.each([
    [500, false],
    [429, false],
    [404, true],
  ])('that answers %i is tried again or not', async (status, isFinal) => {
    const url = await receive((response) => void response.writeHead(status).end())
    expect(await send({ url })).toEqual({ ok: false, why: `status ${status}`, isFinal })
  })

  it('that never answers is given up when the time of the attempt is over', async () => {
    const url = await receive(() => undefined)
    const target = targetOf({ timeoutMs: 300, via: { type: 'webhook', url } })
    const deliver = webhookDelivery({ type: 'webhook', url }, {})
    const outbox = new Outbox({ target, cluster: 'shop', node: 'n1', clock: createHandClock(), logger: keepingLogger().logger, deliver })
    expect(await outbox.attempt(sampleMessage('a'))).toEqual({ ok: false, why: 'no answer within 300 ms', isFinal: false })
  })

  it('must show a certificate of an authority that is trusted', async () => {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'key.pem']
    const certificate = ['-out', 'cert.pem', '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
    execFileSync('openssl', ['req', '-x509', ...key, ...certificate], { cwd: folder, stdio: 'pipe' })
    const ca = join(folder, 'cert.pem')
    const url = await receive(ok, { key: readFileSync(join(folder, 'key.pem')), cert: readFileSync(ca) })
    expect(await send({ url })).toMatchObject({ ok: false, why: expect.stringContaining('self-signed') })
    expect(await send({ url, ca })).toMatchObject({ ok: true })
    expect(await send({ url: url.replace('localhost', '127.0.0.1'), ca })).toMatchObject({
      ok: false,
      why: expect.stringContaining('altnames'),
    })
    expect(posts).toHaveLength(1)
  })
})
