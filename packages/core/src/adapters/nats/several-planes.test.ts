import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, connect as dial } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { NatsPlane } from '../../config/types.ts'
import type { Message } from '../../model/index.ts'
import type { Logger, PlaneStatus } from '../../ports.ts'
import { startForeignNats } from './foreign-nats-for-tests.ts'
import type { ForeignNats } from './foreign-nats-for-tests.ts'
import { createTransport } from './transport.ts'
import type { NatsTransport, PlaneEvent } from './transport.ts'

const undo: (() => void | Promise<void>)[] = []
const quiet: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
let folder = ''
let network = 0

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'movip-planes-'))
  network = 16 + Math.floor(Math.random() * 100)
  undo.push(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'secret'), 'correct horse battery staple\n', { mode: 0o600 })
})
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step()
})

const mainOf = (number: number): string => `127.0.${network}.${number}`
const backOf = (number: number): string => `127.0.${network + 100}.${number}`
const embedded = (name: string, host: string, secret = 'secret'): NatsPlane => ({
  name,
  type: 'embedded',
  host,
  port: 6222,
  secretFile: join(folder, secret),
})
const external = (name: string, port: number): NatsPlane => ({
  name,
  type: 'external',
  servers: [`nats://127.0.0.1:${port}`],
  auth: { type: 'none' },
})

interface Node {
  readonly transport: NatsTransport
  readonly heard: number[]
  readonly news: PlaneEvent[]
}

async function start(number: number, planes: readonly NatsPlane[], logger = quiet): Promise<Node> {
  const transport = await createTransport({
    planes,
    cluster: 'shop',
    node: `n${number}`,
    peers: [1, 2]
      .filter((other) => other !== number)
      .map((other) => ({ id: `n${other}`, address: mainOf(other), addresses: { main: mainOf(other), back: backOf(other) } })),
    runtimeFolder: join(folder, `run-${number}`),
    logger,
  })
  undo.push(() => transport.close())
  const heard: number[] = []
  const news: PlaneEvent[] = []
  transport.onMessage((message) => void (message.type === 'append-answer' && heard.push(message.index)))
  transport.onPlane((event) => news.push(event))
  return { transport, heard, news }
}

const numbered = (index: number): Message => ({
  type: 'append-answer',
  from: 'n1',
  incarnation: { dataId: 'x', generation: 1 },
  to: 'n2',
  term: 1,
  ok: true,
  index,
})
const large = (): Message => ({
  type: 'append',
  from: 'n1',
  incarnation: { dataId: 'x', generation: 1 },
  to: 'n2',
  term: 1,
  prevIndex: 0,
  prevTerm: 0,
  commit: 0,
  entries: Array.from({ length: 12 }, (_, at) => ({
    index: at + 1,
    term: 1,
    body: { type: 'assign', group: 'web', node: 'n1', cause: 'x'.repeat(65_000) },
  })),
})
const planeOf = ({ transport }: Node, name: string): PlaneStatus => {
  const plane = transport.status().planes?.find((one) => one.name === name)
  if (plane === undefined) throw new Error(`there is no plane ${name}`)
  return plane
}

/** Sends a rising number every 20 ms; returns what was sent. */
function startSending({ transport }: Node): () => number {
  let sent = 0
  const timer = setInterval(() => transport.send('n2', numbered((sent += 1))), 20)
  undo.push(() => clearInterval(timer))
  return () => sent
}

const isHeardOn = (node: Node, plane: string): boolean => {
  const hearing = planeOf(node, plane).nodes['n1']
  return hearing !== undefined && hearing.heardAgoMs !== null && hearing.heardAgoMs < 300 && hearing.missedMs === null
}
const untilHeard = (node: Node, ...planes: readonly string[]): Promise<unknown> =>
  vi.waitUntil(() => planes.every((plane) => isHeardOn(node, plane)), { timeout: 15_000, interval: 20 })
const untilNews = (node: Node, event: Partial<PlaneEvent>): Promise<unknown> =>
  vi.waitFor(() => expect(node.news).toContainEqual(expect.objectContaining(event)), { timeout: 15_000, interval: 20 })

function expectEachOnce(heard: readonly number[]): void {
  expect(heard.length).toBe(new Set(heard).size)
}
/** From the first to the last of these numbers none is missing. */
function expectNoGap(heard: readonly number[]): void {
  const sorted = heard.toSorted((one, other) => one - other)
  expect(sorted).toEqual(Array.from({ length: sorted.length }, (_, at) => (sorted[0] ?? 0) + at))
}

async function foreignNats(): Promise<ForeignNats> {
  const nats = await startForeignNats(folder)
  undo.push(() => nats.kill())
  return nats
}

test('what goes over two planes of own servers is heard once, and each plane is told to carry it', { timeout: 60_000 }, async () => {
  const both = (number: number): NatsPlane[] => [embedded('main', mainOf(number)), embedded('back', backOf(number))]
  const [a, b] = await Promise.all([start(1, both(1)), start(2, both(2))])
  startSending(a)
  await untilHeard(b, 'main', 'back')
  b.heard.length = 0
  await vi.waitUntil(() => b.heard.length > 50, { timeout: 15_000 })
  expectEachOnce(b.heard)
  expectNoGap(b.heard)
  expect(b.transport.status()).toMatchObject({ connected: true, planes: [{ name: 'main' }, { name: 'back' }] })
})

test('the loss of one plane loses no message, is told with its reason, and so is its return', { timeout: 60_000 }, async () => {
  const nats = await foreignNats()
  const planes = (number: number): NatsPlane[] => [embedded('main', mainOf(number)), external('own', nats.port)]
  const [a, b] = await Promise.all([start(1, planes(1)), start(2, planes(2))])
  startSending(a)
  await untilHeard(b, 'main', 'own')
  b.heard.length = 0
  await nats.kill()
  await untilNews(b, { type: 'plane', plane: 'own', node: null, state: 'lost' })
  const heardThen = b.heard.length
  await vi.waitUntil(() => b.heard.length > heardThen + 50, { timeout: 15_000 })
  expect(b.transport.status()).toMatchObject({ connected: true, lastError: expect.any(String) })
  expect(planeOf(b, 'own')).toMatchObject({ connected: false, server: null })
  expect(planeOf(b, 'main')).toMatchObject({ connected: true })
  await nats.start()
  await untilNews(b, { type: 'plane', plane: 'own', node: null, state: 'back' })
  await untilHeard(b, 'main', 'own')
  expectEachOnce(b.heard)
  expectNoGap(b.heard)
})

test('a plane whose server cannot start yet holds nothing up, and is used once it can', { timeout: 60_000 }, async () => {
  const inTheWay = createServer().listen(6222, backOf(1))
  await new Promise((resolve) => inTheWay.once('listening', resolve))
  undo.push(() => void inTheWay.close())
  const both = (number: number): NatsPlane[] => [embedded('main', mainOf(number)), embedded('back', backOf(number))]
  const [a, b] = await Promise.all([start(1, both(1)), start(2, both(2))])
  startSending(a)
  await untilHeard(b, 'main')
  expect(planeOf(a, 'back')).toMatchObject({ connected: false, lastError: expect.stringContaining('address already in use') })
  expect(a.transport.status().connected).toBe(true)
  inTheWay.close()
  await untilHeard(b, 'main', 'back')
  await untilNews(a, { plane: 'back', node: null, state: 'back' })
})

test('a plane that takes nothing any more delays no other and piles nothing up', { timeout: 60_000 }, async () => {
  const [good, bad] = await Promise.all([foreignNats(), foreignNats()])
  const wire = await startStickyWire(bad.port)
  const [a, b] = await Promise.all([
    start(1, [external('good', good.port), external('bad', wire.port)]),
    start(2, [external('good', good.port), external('bad', bad.port)]),
  ])
  startSending(a)
  await untilHeard(b, 'good', 'bad')
  b.heard.length = 0
  wire.stick()
  await untilNews(b, { plane: 'bad', node: 'n1', state: 'lost' })
  await untilNews(a, { plane: 'bad', node: null, state: 'lost' })
  const sentThen = planeOf(a, 'bad').sent
  const heardThen = b.heard.length
  await vi.waitUntil(() => b.heard.length > heardThen + 50, { timeout: 15_000 })
  expect(planeOf(a, 'bad').sent).toBe(sentThen)
  wire.flow()
  await untilHeard(b, 'good', 'bad')
  expectEachOnce(b.heard)
  expectNoGap(b.heard)
})

test('a link that is stuck with much to send is given up, and another one is made', { timeout: 60_000 }, async () => {
  const [good, bad] = await Promise.all([foreignNats(), foreignNats()])
  const wire = await startStickyWire(bad.port)
  const [a, b] = await Promise.all([
    start(1, [external('good', good.port), external('bad', wire.port)]),
    start(2, [external('good', good.port), external('bad', bad.port)]),
  ])
  startSending(a)
  await untilHeard(b, 'good', 'bad')
  wire.stickOld()
  // More than the kernel takes at both ends of a link.
  const filler = setInterval(() => a.transport.send('n2', large()), 20)
  undo.push(() => clearInterval(filler))
  await untilNews(a, { plane: 'bad', node: null, state: 'lost' })
  clearInterval(filler)
  await untilNews(a, { plane: 'bad', node: null, state: 'back' })
  await untilHeard(b, 'good', 'bad')
  expect(a.news.map(({ state }) => state)).toEqual(['lost', 'back'])
})

test('what one plane delays is not heard again, and what it alone brings is heard late', { timeout: 60_000 }, async () => {
  const [quick, slow] = await Promise.all([foreignNats(), foreignNats()])
  const wire = await startStickyWire(slow.port)
  const [a, b] = await Promise.all([
    start(1, [external('quick', quick.port), external('slow', slow.port)]),
    start(2, [external('quick', quick.port), external('slow', wire.port)]),
  ])
  const sent = startSending(a)
  await untilHeard(b, 'quick', 'slow')
  b.heard.length = 0
  wire.stick()
  const first = sent() + 1
  await vi.waitUntil(() => b.heard.includes(first + 5), { timeout: 15_000 })
  await quick.kill()
  await vi.waitUntil(() => !planeOf(a, 'quick').connected && !planeOf(b, 'quick').connected, { timeout: 15_000 })
  wire.flow()
  await vi.waitUntil(() => b.heard.some((number) => number > first + 100), { timeout: 15_000 })
  expectEachOnce(b.heard)
})

test(
  'a plane whose secret cannot be read is told of and missed, holds no other up, and is used once it can',
  { timeout: 60_000 },
  async () => {
    const secretFile = join(folder, 'back.secret')
    const both = (number: number): NatsPlane[] => [embedded('main', mainOf(number)), embedded('back', backOf(number), 'back.secret')]
    writeFileSync(secretFile, 'another one\n', { mode: 0o600 })
    const b = await start(2, both(2))
    rmSync(secretFile)
    const said: unknown[] = []
    const a = await start(1, both(1), { ...quiet, error: (event, fields) => void said.push({ event, ...fields }) })
    startSending(a)
    await untilHeard(b, 'main')
    expect(said).toEqual([expect.objectContaining({ event: 'nats.plane-failed', plane: 'back', code: 'NATS_SECRET_UNREADABLE' })])
    expect(planeOf(a, 'back')).toMatchObject({ connected: false, lastError: expect.stringContaining('back.secret cannot be read') })
    expect(a.news).toContainEqual({ type: 'plane', plane: 'back', node: null, state: 'lost', why: expect.stringContaining('back.secret') })
    expect(a.transport.status().connected).toBe(true)
    writeFileSync(secretFile, 'another one\n', { mode: 0o600 })
    await untilHeard(b, 'main', 'back')
    await untilNews(a, { plane: 'back', node: null, state: 'back' })
    expect(said).toHaveLength(1)
  },
)

test('where no plane can be set up nothing is started, and the reason is the first one', async () => {
  const main = embedded('main', mainOf(1), 'missing')
  await expect(start(1, [main])).rejects.toMatchObject({ code: 'NATS_SECRET_UNREADABLE' })
  const user = { type: 'password', user: 'movip', passwordFile: join(folder, 'no-password') } as const
  const own: NatsPlane = { name: 'own', type: 'external', servers: ['nats://127.0.0.1:4222'], auth: user }
  await expect(start(1, [main, own])).rejects.toThrow('missing cannot be read')
})

interface StickyWire {
  readonly port: number
  /** Nothing passes any more, while the links stand. */
  stick(): void
  /** The same for links that there are, not for new ones. */
  stickOld(): void
  flow(): void
}

/** A way to a server that may get stuck as TCP does when nobody reads at its other end. */
async function startStickyWire(to: number): Promise<StickyWire> {
  const sockets = new Set<Socket>()
  let isStuck = false
  const keep = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    if (isStuck) socket.pause()
  }
  const server = createServer((near) => {
    const far = dial(to, '127.0.0.1')
    near.pipe(far)
    far.pipe(near)
    for (const socket of [near, far]) keep(socket)
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  undo.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return {
    port: (server.address() as AddressInfo).port,
    stick() {
      isStuck = true
      for (const socket of sockets) socket.pause()
    },
    stickOld() {
      for (const socket of sockets) socket.unpipe().pause()
    },
    flow() {
      isStuck = false
      for (const socket of sockets) socket.resume()
    },
  }
}
