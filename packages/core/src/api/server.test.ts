import { chmod, link, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Logger } from '../ports.ts'
import { specOf } from '../testing/hand-driven/cluster.ts'
import { createClient } from './client.ts'
import { startApiServer } from './server.ts'
import type { ApiHandlers } from './server.ts'

const silent: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const spec = specOf('abc')
const handlers: ApiHandlers = {
  status: () => {
    throw new Error('status fails in this test')
  },
  cluster: () => spec,
  events: ({ limit, after, waitMs }) =>
    Promise.resolve({
      events: Array.from({ length: limit }, (_, index) => ({ at: 'now', node: 'n1', event: { type: 'quorum', index, after, waitMs } })),
      last: limit,
    }),
  moves: () => ({ moves: [{ group: 'web', from: null, to: 'n1', epoch: 5, cause: 'nobody holds it', at: 7 }] }),
  switchover: ({ group, to }) => Promise.resolve({ ok: true, group, from: 'n1', to: to ?? 'n2', epoch: 5 }),
  release: () => Promise.resolve({ released: ['web'], left: [] }),
  configure: (text) =>
    Promise.resolve(text === 'good' ? null : { code: 'CONFIG_INVALID', message: `${text} is no configuration`, fix: 'correct it' }),
  testNotify: () => Promise.resolve([]),
  drill: ({ epoch }) => Promise.resolve(epoch === 7 ? null : { code: 'not-now', message: 'it has no such epoch', fix: 'look again' }),
  changes: {
    plan: (wanted) =>
      Promise.resolve({ plan: { version: 4, changes: [], groups: [], steps: [JSON.stringify(wanted)], warnings: [], refused: [] } }),
    apply: ({ version }) =>
      Promise.resolve(version === 4 ? { version: 5, step: 'all of it', remaining: 0 } : { code: 'outdated', message: 'no', fix: 'plan' }),
    history: () => ({ configurations: [] }),
    maintain: (wish) => Promise.resolve({ index: 7, nodes: 'nodes' in wish ? wish.nodes : [] }),
    confirmOff: ({ node }) =>
      Promise.resolve(
        node === 'a' ? { index: 8, groups: ['web'] } : { code: 'still-heard', message: 'it is not off', fix: 'switch it off' },
      ),
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

let folder: string
let socket: string
const open: { close(): Promise<void> }[] = []
const start = async (overrides: Partial<ApiHandlers> = {}, mode = 0o660): Promise<void> => {
  open.push(await startApiServer({ socket, mode, logger: silent, handlers: { ...handlers, ...overrides } }))
}
const raw = (method: string, path: string, body?: string): Promise<{ status: number; body: unknown }> =>
  new Promise((resolve, reject) => {
    const call = request({ socketPath: socket, method, path }, (response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString()
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }))
    })
    call.on('error', reject)
    call.end(body)
  })

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'movip-api-'))
  socket = join(folder, 'run', 'movip.sock')
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()))
  await rm(folder, { recursive: true })
})

describe('the API on its unix socket', () => {
  it('takes plans, changes and orders, and tells what is wrong from what cannot be done now', async () => {
    await start()
    const client = createClient({ socket })
    expect((await client.plan({ cluster: 'x: 1' })).plan.steps).toEqual(['{"cluster":"x: 1"}'])
    expect(await client.apply({ version: 2 }, 4, 'ann')).toEqual({ schemaVersion: 1, version: 5, step: 'all of it', remaining: 0 })
    await expect(client.apply({ version: 2 }, 3, 'ann')).rejects.toMatchObject({ code: 'REFUSED', apiCode: 'outdated' })
    expect(await client.history()).toEqual({ schemaVersion: 1, configurations: [] })
    expect(await client.maintain({ action: 'drain', nodes: ['a'], by: 'ann' })).toEqual({ schemaVersion: 1, index: 7, nodes: ['a'] })
    expect(await client.confirmOff('a', 'ann')).toEqual({ schemaVersion: 1, index: 8, groups: ['web'] })
    await expect(client.confirmOff('b', 'ann')).rejects.toMatchObject({ apiCode: 'still-heard', fix: 'switch it off' })
    for (const body of ['{}', '{"action": "drain", "group": null, "by": "ann"}', '{"action": "pause", "by": "ann"}'])
      expect(await raw('POST', '/v1/maintenance', body)).toMatchObject({ status: 400, body: { error: { code: 'INVALID' } } })
    expect(await raw('GET', '/v1/plan')).toMatchObject({ status: 405 })
  })

  it('takes drills of a bounded length, and tells why there is none', async () => {
    await start()
    const client = createClient({ socket })
    const wish = { group: 'web', epoch: 7, fault: 'isolate', forMs: 5000, unsupervised: false } as const
    expect(await client.drill(wish)).toEqual({ schemaVersion: 1 })
    await expect(client.drill({ ...wish, epoch: 8 })).rejects.toMatchObject({ code: 'REFUSED', apiCode: 'not-now', fix: 'look again' })
    await expect(client.drill({ ...wish, forMs: 60_001 })).rejects.toMatchObject({ apiCode: 'INVALID' })
  })

  it('answers the client of the command line', async () => {
    await start()
    const client = createClient({ socket })
    expect((await client.events(2)).events).toHaveLength(2)
    expect(await client.moves()).toEqual({ schemaVersion: 1, moves: [expect.objectContaining({ group: 'web', to: 'n1', at: 7 })] })
    expect(await client.events(1, { last: 3, waitMs: 20 })).toMatchObject({ events: [{ event: { after: 3, waitMs: 20 } }], last: 1 })
    expect(await client.cluster()).toEqual({ schemaVersion: 1, cluster: spec })
    expect(await client.switchover('web', 'n3')).toMatchObject({ schemaVersion: 1, reply: { ok: true, to: 'n3' } })
    expect(await client.release()).toEqual({ schemaVersion: 1, released: ['web'] })
  })

  it('tells how an upgrade stands, and why there is none; takes a whole path alone', async () => {
    await start()
    const client = createClient({ socket })
    expect(await client.upgradeState()).toMatchObject({ schemaVersion: 1, generation: 2, began: { adopted: [] } })
    await expect(client.upgrade('/opt/movip/bin/run.js')).rejects.toMatchObject({ code: 'REFUSED', apiCode: 'not-now', fix: 'wait' })
    expect(await raw('POST', '/v1/upgrade', '{"program":"run.js"}')).toMatchObject({ status: 400, body: { error: { code: 'INVALID' } } })
    expect(await raw('POST', '/v1/take-over', '{"word":"x"}')).toMatchObject({ status: 400, body: { error: { code: 'INVALID' } } })
    const offer = { word: 'x', self: { pid: 2, startedAt: '1' }, version: '1', formats: [1], start: ['node', 'movip'], openMs: 1 }
    await expect(client.takeOver(offer)).rejects.toMatchObject({ apiCode: 'not-invited' })
  })

  it('lets go of its socket, and still answers what was asked before', async () => {
    const asked = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    const server = await startApiServer({
      socket,
      mode: 0o600,
      logger: silent,
      handlers: { ...handlers, configure: () => (asked.resolve(), release.promise.then(() => null)) },
    })
    open.push(server)
    const answer = createClient({ socket }).configure('good')
    await asked.promise
    server.stopListening()
    await start()
    release.resolve()
    expect(await answer).toEqual({ schemaVersion: 1 })
  })

  it('gives the socket the mode of the configuration and creates its folder', async () => {
    await start({}, 0o600)
    expect((await stat(socket)).mode & 0o777).toBe(0o600)
  })

  it('says in JSON which path or method it does not know', async () => {
    await start()
    expect(await raw('GET', '/v2/status')).toMatchObject({ status: 404, body: { schemaVersion: 1, error: { code: 'NOT_FOUND' } } })
    expect(await raw('GET', '/v1/release')).toMatchObject({ status: 405, body: { error: { code: 'METHOD_NOT_ALLOWED' } } })
  })

  it('refuses bodies that are too large, not JSON, or hold an unknown key', async () => {
    await start()
    expect(await raw('POST', '/v1/switchover', 'x'.repeat(70_000))).toMatchObject({ status: 413 })
    expect(await raw('POST', '/v1/switchover', '{')).toMatchObject({ status: 400, body: { error: { code: 'INVALID' } } })
    expect(await raw('POST', '/v1/switchover', '{"group":"web","too":"n2"}')).toMatchObject({ status: 400 })
    expect(await raw('GET', '/v1/events?limit=-1')).toMatchObject({ status: 400 })
  })

  it('refuses what is no path, and a limit that is no plain number', async () => {
    await start()
    expect(await raw('GET', '//')).toMatchObject({ status: 400, body: { error: { code: 'INVALID' } } })
    for (const limit of ['0x10', '', '1e3', ' 1'])
      expect(await raw('GET', `/v1/events?limit=${encodeURIComponent(limit)}`)).toMatchObject({ status: 400 })
  })

  it('turns a failing handler into a JSON error and lives on', async () => {
    await start()
    expect(await raw('GET', '/v1/status')).toMatchObject({
      status: 500,
      body: { error: { code: 'FAILED', message: 'status fails in this test' } },
    })
    expect(await raw('GET', '/v1/events?limit=1')).toMatchObject({ status: 200 })
  })

  it('does not call released what is left', async () => {
    await start({ release: () => Promise.resolve({ released: ['a'], left: ['web'] }) })
    await expect(createClient({ socket }).release()).rejects.toMatchObject({ code: 'REFUSED', apiCode: 'NOT_RELEASED' })
  })

  it('passes a configuration on, however long, and says why it was not taken', async () => {
    await start()
    const client = createClient({ socket })
    expect(await client.configure('good')).toEqual({ schemaVersion: 1 })
    await expect(client.configure('x'.repeat(100_000))).rejects.toMatchObject({
      code: 'REFUSED',
      apiCode: 'CONFIG_INVALID',
      fix: 'correct it',
    })
    expect(await raw('POST', '/v1/configure', JSON.stringify({ cluster: 'x'.repeat(1_100_000) }))).toMatchObject({ status: 413 })
    expect(await raw('POST', '/v1/configure', '{"cluster": 1}')).toMatchObject({ status: 400, body: { error: { code: 'INVALID' } } })
  })

  it('replaces the socket of a dead daemon', async () => {
    await start()
    await open.pop()?.close()
    const dead = createServer()
    await new Promise<void>((resolve) => {
      dead.listen(`${socket}.alive`, resolve)
    })
    // A name that outlives its listener is what kill -9 leaves behind.
    await link(`${socket}.alive`, socket)
    await new Promise((resolve) => {
      dead.close(resolve)
    })
    expect((await stat(socket)).isSocket()).toBe(true)
    await start()
    expect((await createClient({ socket }).events(1)).events).toHaveLength(1)
  })

  it('refuses the socket of a live daemon and names the next step', async () => {
    await start()
    await expect(start()).rejects.toMatchObject({ code: 'API_SOCKET_IN_USE', fix: expect.stringContaining('stop it') as string })
    expect((await createClient({ socket }).events(1)).events).toHaveLength(1)
  })

  it('refuses a path where something else lies', async () => {
    await start()
    await open.pop()?.close()
    await writeFile(socket, 'a file')
    await chmod(socket, 0o600)
    await start().then(
      () => expect.unreachable(),
      (error: unknown) => expect(error).toMatchObject({ code: 'API_SOCKET_UNUSABLE' }),
    )
    expect((await stat(socket)).isFile()).toBe(true)
  })
})
