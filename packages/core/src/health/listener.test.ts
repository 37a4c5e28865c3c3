import { request } from 'node:http'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import type { HealthAnswers, HealthDoor, HealthListener, OpenDoor } from '../backend.ts'
import { createHealthListener } from './listener.ts'

const open: OpenDoor[] = []
afterEach(async () => {
  for (const door of open.splice(0)) await door.close()
})

/** A port that was free a moment ago. */
function freePort(host = '127.0.0.1'): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, host, () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

interface Asked {
  readonly answers: HealthAnswers & { serving: boolean }
  readonly asked: (readonly [from: string, isServing: boolean])[]
}

function answering(serving: boolean): Asked {
  const asked: [string, boolean][] = []
  const answers = {
    serving,
    isServing: () => answers.serving,
    onAsked: (from: string, isServing: boolean) => void asked.push([from, isServing]),
  }
  return { answers, asked }
}

async function doorAt(listener: HealthListener, door: HealthDoor, answers: HealthAnswers): Promise<OpenDoor> {
  const opened = await listener.open(door, answers)
  open.push(opened)
  return opened
}

interface Answer {
  readonly status: number | undefined
  readonly connection: string | undefined
}

function ask(port: number, path = '/', { host = '127.0.0.1', method = 'GET' } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request({ host, port, path, method, agent: false }, (response) => {
      response.resume().on('end', () => resolve({ status: response.statusCode, connection: response.headers.connection }))
    })
      .on('error', reject)
      .end()
  })
}

/** How a connection fares: it stands for a while, or ends with a code. */
function knock(port: number, forMs = 60): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => void sleep(forMs).then(() => resolve('stands')))
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'))
    socket.on('end', () => resolve('ended'))
  })
}

describe('health answers by HTTP', () => {
  it('say 200 where the group is served and 503 where it is not, at the moment of the answer, and close the connection', async () => {
    const port = await freePort()
    const { answers, asked } = answering(true)
    await doorAt(createHealthListener([{ host: '127.0.0.1', port }]), { form: 'http', path: '/web' }, answers)
    expect(await ask(port, '/web?x=1')).toEqual({ status: 200, connection: 'close' })
    answers.serving = false
    expect(await ask(port, '/web', { method: 'HEAD' })).toEqual({ status: 503, connection: 'close' })
    expect(await ask(port, '/web', { method: 'OPTIONS' })).toMatchObject({ status: 503 })
    expect(asked).toEqual([
      ['127.0.0.1', true],
      ['127.0.0.1', false],
      ['127.0.0.1', false],
    ])
  })

  it('tell groups apart by their paths, and know no other path and no other method', async () => {
    const port = await freePort()
    const listener = createHealthListener([{ host: '127.0.0.1', port }])
    await doorAt(listener, { form: 'http', path: '/web' }, answering(true).answers)
    await doorAt(listener, { form: 'http', path: '/mail' }, answering(false).answers)
    const statuses = [await ask(port, '/web'), await ask(port, '/mail'), await ask(port, '/'), await ask(port, '/web', { method: 'POST' })]
    expect(statuses.map(({ status }) => status)).toEqual([200, 503, 404, 405])
  })

  it('of a port of its own are given at any path of it', async () => {
    const [port, own] = [await freePort(), await freePort()]
    await doorAt(createHealthListener([{ host: '127.0.0.1', port }]), { form: 'http', port: own }, answering(true).answers)
    expect(await ask(own, '/anything')).toMatchObject({ status: 200 })
    await expect(ask(port, '/')).rejects.toThrow('ECONNREFUSED')
  })

  it('are given over IPv6, too', async () => {
    const port = await freePort('::1')
    await doorAt(createHealthListener([{ host: '::1', port }]), { form: 'http', path: '/web' }, answering(true).answers)
    expect(await ask(port, '/web', { host: '::1' })).toMatchObject({ status: 200 })
  })
})

describe('health answers by TCP', () => {
  it('are a connection that stands where the group is served, and one that is reset where it is not', async () => {
    const [port, own] = [await freePort(), await freePort()]
    const { answers, asked } = answering(true)
    await doorAt(createHealthListener([{ host: '127.0.0.1', port }]), { form: 'tcp', port: own }, answers)
    expect(await knock(own)).toBe('stands')
    answers.serving = false
    expect(await knock(own)).toBe('ECONNRESET')
    expect(asked.map(([, isServing]) => isServing)).toEqual([true, false])
  })

  it('that stand are reset when the door is to hang up', async () => {
    const [port, own] = [await freePort(), await freePort()]
    const { answers, asked } = answering(true)
    const door = await doorAt(createHealthListener([{ host: '127.0.0.1', port }]), { form: 'tcp', port: own }, answers)
    const knocking = knock(own, 5000)
    while (asked.length === 0) await sleep(1)
    door.hangUp()
    expect(await knocking).toBe('ECONNRESET')
  })
})

describe('a door', () => {
  it('that is closed answers nobody, and another can be opened in its place at once', async () => {
    const port = await freePort()
    const listener = createHealthListener([{ host: '127.0.0.1', port }])
    const door = await listener.open({ form: 'http', path: '/web' }, answering(true).answers)
    await door.close()
    await expect(ask(port, '/web')).rejects.toThrow('ECONNREFUSED')
    const closing = (await listener.open({ form: 'http', path: '/web' }, answering(true).answers)).close()
    await doorAt(listener, { form: 'http', path: '/web' }, answering(false).answers)
    await closing
    expect(await ask(port, '/web')).toMatchObject({ status: 503 })
  })

  it('is refused where another one has the path, and the first goes on', async () => {
    const port = await freePort()
    const listener = createHealthListener([{ host: '127.0.0.1', port }])
    await doorAt(listener, { form: 'http', path: '/web' }, answering(true).answers)
    await expect(listener.open({ form: 'http', path: '/web' }, answering(false).answers)).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(await ask(port, '/web')).toMatchObject({ status: 200 })
  })

  it('is refused with the line to write where node.yaml says nothing of health', async () => {
    const refused = createHealthListener([]).open({ form: 'http', path: '/web' }, answering(true).answers)
    await expect(refused).rejects.toMatchObject({ code: 'INVALID', fix: expect.stringContaining('health: { listen: 0.0.0.0:9650 }') })
  })

  it('is refused where a port stays taken, after some patience', async () => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const { port } = taken.address() as AddressInfo
    const listener = createHealthListener([{ host: '127.0.0.1', port: port === 9650 ? 9651 : 9650 }])
    await expect(listener.open({ form: 'tcp', port }, answering(true).answers)).rejects.toMatchObject({ code: 'CONFLICT' })
    const opening = listener.open({ form: 'tcp', port }, answering(true).answers)
    taken.close()
    open.push(await opening)
    expect(await knock(port)).toBe('stands')
  })
})
