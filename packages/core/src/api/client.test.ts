import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createClient } from './client.ts'

let folder = ''
let socket = ''
let server: Server | null = null

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'movip-client-'))
  socket = join(folder, 's')
})
afterEach(async () => {
  server?.closeAllConnections()
  server?.close()
  server = null
  await rm(folder, { recursive: true, force: true })
})

function listen(listener: RequestListener): Promise<void> {
  return new Promise((resolve) => {
    server = createServer(listener).listen(socket, resolve)
  })
}

describe('the client', () => {
  it('says that no daemon runs where nobody listens, and how to start one', async () => {
    await expect(createClient({ socket }).status()).rejects.toMatchObject({
      code: 'NO_DAEMON',
      message: `no daemon on this node (nobody listens on ${socket})`,
      fix: expect.stringContaining('systemctl start movip'),
    })
  })

  it('says so too where a dead daemon left its socket', async () => {
    const { spawnSync } = await import('node:child_process')
    spawnSync(process.execPath, [
      '-e',
      `require('node:net').createServer().listen(${JSON.stringify(socket)}, () => process.kill(process.pid, 'SIGKILL'))`,
    ])
    await expect(createClient({ socket }).status()).rejects.toMatchObject({ code: 'NO_DAEMON' })
  })

  it('gives up on a daemon that accepts and stays silent', async () => {
    await listen(() => {})
    await expect(createClient({ socket, timeoutMs: 50 }).status()).rejects.toMatchObject({
      code: 'NO_ANSWER',
      message: 'the daemon did not answer within 50 ms',
    })
  })

  it('sends what was asked and hands back the answer', async () => {
    await listen((request, response) => {
      request.setEncoding('utf8')
      let body = ''
      request.on('data', (chunk: string) => {
        body += chunk
      })
      request.on('end', () => response.end(JSON.stringify({ schemaVersion: 1, asked: [request.method, request.url, body] })))
    })
    expect(await createClient({ socket }).configure('cluster: shop')).toEqual({
      schemaVersion: 1,
      asked: ['POST', '/v1/configure', '{"cluster":"cluster: shop"}'],
    })
  })

  it('waits for a planned move for as long as the daemon answers anything at all, and asks for nothing before it', async () => {
    const asked: string[] = []
    await listen((request, response) => {
      asked.push(`${request.method} ${request.url}`)
      const reply = (): unknown => response.end(JSON.stringify({ schemaVersion: 1, reply: { ok: true } }))
      if (request.method === 'POST') setTimeout(reply, 700)
      else response.writeHead(404).end('{"schemaVersion":1,"error":{"code":"NOT_FOUND","message":"an earlier version","fix":""}}')
    })
    expect(await createClient({ socket, timeoutMs: 200 }).switchover('web', 'b')).toMatchObject({ reply: { ok: true } })
    expect(asked[0]).toBe('POST /v1/switchover')
    expect(new Set(asked.slice(1))).toEqual(new Set(['GET /v1/upgrade']))
  })

  it('gives up on a planned move once the daemon is silent', async () => {
    await listen(() => {})
    await expect(createClient({ socket, timeoutMs: 50 }).switchover('web')).rejects.toMatchObject({
      code: 'NO_ANSWER',
      message: 'the daemon did not answer within 50 ms',
    })
  })

  it('passes on why the daemon refused', async () => {
    await listen((_request, response) => {
      response
        .writeHead(404)
        .end(JSON.stringify({ schemaVersion: 1, error: { code: 'unknown-group', message: 'there is no group x', fix: 'one of: web' } }))
    })
    await expect(createClient({ socket }).configure('')).rejects.toMatchObject({
      code: 'REFUSED',
      apiCode: 'unknown-group',
      message: 'there is no group x',
      fix: 'one of: web',
    })
  })

  it('passes on each mistake of a configuration that was refused, with its place', async () => {
    const problems = [
      { file: 'cluster.yaml', line: 4, column: 1, path: 'timming', found: 'timming', expected: 'timing', message: 'm', fix: 'f' },
    ]
    const error = { code: 'CONFIG_INVALID', message: 'cluster.yaml:4:1: m', fix: 'correct cluster.yaml', problems }
    await listen((_request, response) => response.writeHead(400).end(JSON.stringify({ schemaVersion: 1, error })))
    await expect(createClient({ socket }).plan({ cluster: '' })).rejects.toMatchObject({ apiCode: 'CONFIG_INVALID', problems })
  })

  it.each(['', 'hello', '{}', '{"schemaVersion":2}', '{"schemaVersion":1}', '{"schemaVersion":1,"engine":7}', 'null'])(
    'refuses an answer of another API (%s)',
    async (text) => {
      await listen((_request, response) => response.end(text))
      await expect(createClient({ socket }).status()).rejects.toMatchObject({ code: 'BROKEN' })
    },
  )

  it('does not wait for one that changes the protocol instead of answering', async () => {
    await listen((_request, response) => void response.socket?.end('HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'))
    await expect(createClient({ socket }).status()).rejects.toMatchObject({ code: 'BROKEN' })
  })

  it('refuses a refusal that is not written in words', async () => {
    await listen((_request, response) =>
      response.writeHead(404).end('{"error":{"code":1,"message":{"toString":1,"valueOf":1},"fix":null}}'),
    )
    await expect(createClient({ socket }).status()).rejects.toMatchObject({ code: 'BROKEN' })
  })

  it('says who may talk to the daemon when the mode forbids it', async () => {
    if (process.getuid?.() !== 0) throw new Error("this test gives up root's rights for a moment and so needs to be run as root")
    await listen((_request, response) => response.end())
    await chmod(folder, 0o755)
    await chmod(socket, 0o600)
    process.seteuid?.(65_534)
    try {
      await expect(createClient({ socket }).status()).rejects.toMatchObject({
        code: 'DENIED',
        message: `you may not talk to the daemon: ${socket} has mode 0600, user id 0, group id 0`,
      })
    } finally {
      process.seteuid?.(0)
    }
  })
})
