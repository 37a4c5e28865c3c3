import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import type { AddressInfo, Server as TcpServer } from 'node:net'
import { createSocket } from 'node:dgram'
import { afterEach, describe, expect, it } from 'vitest'
import { checkKinds } from '../kinds.ts'
import type { ProbeResult } from '../kind.ts'

const closers: (() => void)[] = []
afterEach(() => closers.splice(0).forEach((close) => close()))

/** Probes once; what the probe throws is its bad result, as for the runner. */
async function probe(kind: string, options: object, signal = AbortSignal.timeout(5000)): Promise<ProbeResult> {
  const found = checkKinds.get(kind)
  if (found === undefined) throw new Error(`no kind ${kind}`)
  const run = found.open(options, { node: 'n1', group: 'web', interfaces: {}, addresses: ['127.0.0.1', '::1'] })
  return run(signal).catch((error: unknown) => ({ ok: false, reason: String(error) }))
}

async function listen(server: Server | TcpServer): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    if ('closeAllConnections' in server) server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

async function serve(answer: RequestListener): Promise<string> {
  return `http://127.0.0.1:${await listen(createServer(answer))}/healthz`
}

describe('an http check', () => {
  it('passes with a good status, and tells a bad one', async () => {
    let status = 200
    const url = await serve((_, response) => response.writeHead(status).end('up'))
    expect(await probe('http', { url })).toEqual({ ok: true, reason: 'status 200' })
    status = 503
    expect(await probe('http', { url })).toEqual({ ok: false, reason: 'status 503' })
    expect(await probe('http', { url, status: 503 })).toMatchObject({ ok: true })
    expect(await probe('http', { url, status: [200, '500-599'] })).toMatchObject({ ok: true })
    expect(await probe('http', { url, status: '200-299' })).toMatchObject({ ok: false })
  })

  it('takes a redirect as it is, and does not follow it', async () => {
    let asked = 0
    const url = await serve((_, response) => {
      asked += 1
      response.writeHead(302, { location: '/elsewhere' }).end()
    })
    expect(await probe('http', { url })).toMatchObject({ ok: true, reason: 'status 302' })
    expect(asked).toBe(1)
  })

  it('looks into the body for a text and for a pattern', async () => {
    const url = await serve((_, response) => response.end('{"state":"primary"}'))
    expect(await probe('http', { url, contains: 'primary', matches: '"state":"(primary|standby)"' })).toMatchObject({ ok: true })
    expect(await probe('http', { url, contains: 'ready' })).toEqual({ ok: false, reason: 'the body does not contain "ready"' })
    expect(await probe('http', { url, matches: '^ready' })).toEqual({ ok: false, reason: 'the body does not match ^ready' })
  })

  it('gives up a pattern that would take for ever, and so holds up nothing', async () => {
    const url = await serve((_, response) => response.end(`${'a'.repeat(60)}!`))
    expect(await probe('http', { url, matches: '^(a+)+$' })).toMatchObject({ ok: false, reason: expect.stringContaining('timed out') })
  })

  it('reads of a body without end only the beginning', async () => {
    const url = await serve((_, response) => {
      const write = (): void => {
        while (!response.destroyed && response.write('up '.repeat(10_000)));
      }
      response.on('drain', write)
      write()
    })
    expect(await probe('http', { url, contains: 'up up' })).toMatchObject({ ok: true })
  })

  it('asks with the host name that it is told', async () => {
    const url = await serve((request, response) => response.writeHead(request.headers.host === 'shop.example' ? 200 : 404).end())
    expect(await probe('http', { url, host: 'shop.example' })).toMatchObject({ ok: true })
    expect(await probe('http', { url })).toMatchObject({ ok: false, reason: 'status 404' })
  })

  it('fails where nobody listens, where the server hangs up, and where it does not answer in time', async () => {
    const port = await listen(createTcpServer((socket) => socket.once('data', () => socket.destroy())))
    expect(await probe('http', { url: `http://127.0.0.1:${port}/` })).toMatchObject({ ok: false })
    const url = await serve(() => undefined)
    expect(await probe('http', { url }, AbortSignal.timeout(50))).toMatchObject({ ok: false })
    closers.splice(0).forEach((close) => close())
    expect(await probe('http', { url })).toMatchObject({ ok: false, reason: expect.stringContaining('ECONNREFUSED') })
  })
})

describe('a tcp check', () => {
  it('passes where somebody accepts, and fails where nobody does', async () => {
    const server = createTcpServer((socket) => socket.on('error', () => undefined))
    const port = await listen(server)
    expect(await probe('tcp', { port })).toEqual({ ok: true, reason: null })
    await new Promise((resolve) => server.close(resolve))
    expect(await probe('tcp', { host: '127.0.0.1', port })).toMatchObject({ ok: false, reason: expect.stringContaining('ECONNREFUSED') })
  })
})

describe('a dns check', () => {
  /** A name server that answers every question with one A record, or not at all. */
  async function answering(address: readonly number[] | null): Promise<string> {
    const socket = createSocket('udp4')
    socket.on('message', (question, from) => {
      if (address === null) return
      const header = Buffer.from([...question.subarray(0, 2), 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0])
      const end = question.indexOf(0, 12) + 5
      const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address])
      socket.send(Buffer.concat([header, question.subarray(12, end), record]), from.port, from.address)
    })
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
    closers.push(() => socket.close())
    return `127.0.0.1:${socket.address().port}`
  }

  it('passes with the answer that is expected, and says what it is instead', async () => {
    const server = await answering([10, 0, 0, 1])
    const name = 'shop.example'
    expect(await probe('dns', { name, server })).toEqual({ ok: true, reason: '10.0.0.1' })
    expect(await probe('dns', { name, server, expect: ['10.0.0.1'] })).toMatchObject({ ok: true })
    expect(await probe('dns', { name, server, expect: ['10.0.0.2'] })).toEqual({
      ok: false,
      reason: 'shop.example is 10.0.0.1 and not 10.0.0.2',
    })
  })

  it('ends when its time is up', async () => {
    const server = await answering(null)
    expect(await probe('dns', { name: 'shop.example', server }, AbortSignal.timeout(50))).toMatchObject({ ok: false })
  })
})

describe('a vip check', () => {
  it('passes where all addresses of the group are up on this machine', async () => {
    expect(await probe('vip', { address: '127.0.0.1' })).toEqual({ ok: true, reason: null })
  })

  it('names those that are not', async () => {
    expect(await probe('vip', { address: '192.0.2.77' })).toEqual({ ok: false, reason: '192.0.2.77 is not up on any interface' })
  })
})

describe('a peer check', () => {
  it('passes where one of the addresses of the group takes a connection, and else names what each said', async () => {
    const port = await listen(createTcpServer())
    expect(await probe('peer', { port })).toEqual({ ok: true, reason: 'reached at 127.0.0.1' })
    const closed = await probe('peer', { port: 1 })
    expect(closed).toMatchObject({ ok: false, reason: expect.stringMatching(/^127\.0\.0\.1: .*ECONNREFUSED.*; ::1: /) })
  })

  it('may ask for a page instead, as an http check does', async () => {
    let status = 200
    const url = await serve((_, response) => response.writeHead(status).end())
    expect(await probe('peer', { http: { url } })).toMatchObject({ ok: true })
    status = 503
    expect(await probe('peer', { http: { url } })).toEqual({ ok: false, reason: 'status 503' })
  })
})
