import { chmod, lstat, mkdir, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import { z } from 'zod'
import type { ClusterSpec, GroupId, MoveReply, NodeId } from '../model/index.ts'
import type { TestResult } from '../notify/notifier.ts'
import type { Logger } from '../ports.ts'
import { answerChange, changePaths } from './change-routes.ts'
import type { ChangeHandlers } from './change-routes.ts'
import { answerDrill, drillPath } from './drill-route.ts'
import type { DrillWish } from './drill-route.ts'
import { parseBody, Refusal } from './refusal.ts'
import type { Rejection } from './refusal.ts'
import type { ApiError, EventsAnswer, MovesAnswer, StatusAnswer } from './types.ts'
import { answerUpgrade, upgradePaths } from './upgrade-routes.ts'
import type { UpgradeHandlers } from './upgrade-routes.ts'

/** What the daemon answers with. */
export interface ApiHandlers {
  status(): StatusAnswer
  /** The configuration that this node has applied. */
  cluster(): ClusterSpec
  events(query: EventsQuery): Promise<Omit<EventsAnswer, 'schemaVersion'>>
  moves(): Omit<MovesAnswer, 'schemaVersion'>
  switchover(wish: { readonly group: GroupId; readonly to?: NodeId }): Promise<MoveReply>
  release(): Promise<{ readonly released: readonly GroupId[]; readonly left: readonly GroupId[] }>
  /** Takes the text of a `cluster.yaml`; null: taken. */
  configure(text: string): Promise<Rejection | null>
  /** Sends a message to every target of notifications, and waits for what each says. */
  testNotify(): Promise<readonly TestResult[]>
  /** Has the holder of a group suffer a fault; null: it does. */
  drill(wish: DrillWish): Promise<Rejection | null>
  readonly changes: ChangeHandlers
  readonly upgrade: UpgradeHandlers
}

/** The newest `limit` events; of those that came after the first `after` of this life; waits so long until there is one. */
export interface EventsQuery {
  readonly limit: number
  readonly after: number | null
  readonly waitMs: number
}

export interface ApiServerOptions {
  readonly socket: string
  /** File mode of the socket: who may talk to the daemon. */
  readonly mode: number
  readonly handlers: ApiHandlers
  readonly logger: Logger
}

/** The socket cannot be served: what was found, and the next step. */
class ApiSocketError extends Error {
  readonly code: 'API_SOCKET_IN_USE' | 'API_SOCKET_UNUSABLE'
  readonly fix: string
  constructor(code: ApiSocketError['code'], message: string, fix: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ApiSocketError'
    this.code = code
    this.fix = fix
  }
}

const bodyBytesMax = 64 * 1024
/** A whole configuration is larger than any wish. */
const configurationBytesMax = 1024 * 1024
const eventsDefault = 100
/** So long at most who waits for news is kept waiting: then it asks again. */
const waitMsMax = 30_000
const paths = [
  '/v1/status',
  '/v1/cluster',
  '/v1/events',
  '/v1/moves',
  '/v1/switchover',
  '/v1/release',
  '/v1/configure',
  '/v1/notify',
  drillPath,
  ...changePaths,
  ...upgradePaths,
]
const switchoverSchema = z.strictObject({ group: z.string().min(1), to: z.string().min(1).optional() })
const switchoverForm = 'send {"group": "web", "to": "node"}'
const configureSchema = z.strictObject({ cluster: z.string() })
const configureForm = 'send {"cluster": "<the text of cluster.yaml>"}'

export interface ApiServer {
  /** Somebody else may listen on the socket from here on; what was asked before is still answered. */
  stopListening(): void
  close(): Promise<void>
}

/** Serves the local API of api/types.ts. Throws ApiSocketError when the socket cannot be had. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { socket, mode, logger } = options
  await makeWay(socket)
  const server = createServer((request, response) => {
    void answer(request, options.handlers)
      .catch((error: unknown) => asRefusal(error, logger))
      .then((result) => {
        const [status, body] = result instanceof Refusal ? [result.status, errorBody(result)] : [200, result]
        // What is left of a request that was refused in its middle is not waited for.
        const connection = request.complete ? {} : { connection: 'close' }
        response.writeHead(status, { 'content-type': 'application/json', ...connection })
        response.end(JSON.stringify(body))
      })
  })
  server.requestTimeout = 5000
  await listen(server, socket, mode)
  return {
    stopListening: () => void server.close(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answer(request: IncomingMessage, handlers: ApiHandlers): Promise<object> {
  const url = URL.parse(request.url ?? '/', 'http://local')
  if (url === null) throw new Refusal(400, 'INVALID', 'the request names no path', `ask for one of ${paths.join(', ')}`)
  const isLong = url.pathname === '/v1/configure' || changePaths.includes(url.pathname)
  const body = await readBody(request, isLong ? configurationBytesMax : bodyBytesMax)
  const route = `${request.method} ${url.pathname}`
  switch (route) {
    case 'GET /v1/status':
      return handlers.status()
    case 'GET /v1/cluster':
      return { schemaVersion: 1, cluster: handlers.cluster() }
    case 'GET /v1/events':
      return { schemaVersion: 1, ...(await handlers.events(eventsQuery(url.searchParams))) }
    case 'GET /v1/moves':
      return { schemaVersion: 1, ...handlers.moves() }
    case 'POST /v1/switchover': {
      const { group, to } = parseBody(body, switchoverSchema, switchoverForm)
      const startedAt = performance.now()
      const reply = await handlers.switchover({ group, ...(to === undefined ? {} : { to }) })
      return { schemaVersion: 1, reply, tookMs: Math.round(performance.now() - startedAt) }
    }
    case 'POST /v1/release': {
      const { released, left } = await handlers.release()
      if (left.length > 0) {
        throw new Refusal(
          500,
          'NOT_RELEASED',
          `not released: ${left.join(', ')}${released.length > 0 ? `; released: ${released.join(', ')}` : ''}`,
          'see movip status and the log; stop the daemon and run movip release again',
        )
      }
      return { schemaVersion: 1, released }
    }
    case 'POST /v1/configure': {
      const rejection = await handlers.configure(parseBody(body, configureSchema, configureForm).cluster)
      if (rejection !== null) throw Refusal.of(rejection.code === 'CONFIG_INVALID' ? 400 : 409, rejection)
      return { schemaVersion: 1 }
    }
    case 'POST /v1/notify':
      return { schemaVersion: 1, targets: await handlers.testNotify() }
    case `POST ${drillPath}`:
      return answerDrill(body, handlers.drill)
    default: {
      const answered = (await answerChange(route, body, handlers.changes)) ?? (await answerUpgrade(route, body, handlers.upgrade))
      if (answered !== null) return answered
      throw paths.includes(url.pathname)
        ? new Refusal(
            405,
            'METHOD_NOT_ALLOWED',
            `${url.pathname} does not take ${request.method}`,
            'use the same version of movip as the daemon',
          )
        : new Refusal(404, 'NOT_FOUND', `there is no ${url.pathname}`, 'use the same version of movip as the daemon')
    }
  }
}

async function readBody(request: IncomingMessage, bytesMax: number): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > bytesMax) throw new Refusal(413, 'BODY_TOO_LARGE', `the body is larger than ${bytesMax} bytes`, 'send less')
      chunks.push(chunk)
    }
  } catch (error) {
    // Who hangs up in the middle of a request is no failure of the daemon.
    throw error instanceof Refusal ? error : new Refusal(400, 'CUT_OFF', 'the request ended in the middle', 'send it again')
  }
  return Buffer.concat(chunks).toString('utf8')
}

function eventsQuery(params: URLSearchParams): EventsQuery {
  const limit = numberOf(params, 'limit') ?? eventsDefault
  return { limit, after: numberOf(params, 'after'), waitMs: Math.min(numberOf(params, 'wait') ?? 0, waitMsMax) }
}

function numberOf(params: URLSearchParams, key: string): number | null {
  const text = params.get(key)
  if (text === null) return null
  if (!/^\d{1,9}$/.test(text)) throw new Refusal(400, 'INVALID', `${key} is "${text}"`, 'give a whole number, 0 or larger')
  return Number(text)
}

function asRefusal(error: unknown, logger: Logger): Refusal {
  if (error instanceof Refusal) return error
  logger.error('api-failed', { error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  return new Refusal(500, 'FAILED', error instanceof Error ? error.message : String(error), 'see the log of the daemon')
}

function errorBody({ rejection }: Refusal): ApiError {
  return { schemaVersion: 1, error: rejection }
}

/** A socket file that nobody answers on is what a dead daemon left behind. */
async function makeWay(socket: string): Promise<void> {
  try {
    await mkdir(dirname(socket), { recursive: true })
    const found = await knock(socket)
    if (found === 'alive') {
      throw new ApiSocketError(
        'API_SOCKET_IN_USE',
        `another daemon listens on ${socket}`,
        'stop it, or give this one another api.socket in node.yaml',
      )
    }
    if (found !== 'dead') return
    if (!(await lstat(socket)).isSocket()) throw new Error('something that is not a socket lies there')
    await rm(socket)
  } catch (error) {
    throw error instanceof ApiSocketError ? error : unusable(socket, error)
  }
}

function knock(socket: string): Promise<'alive' | 'dead' | 'absent'> {
  return new Promise((resolve, reject) => {
    const visitor = connect(socket)
    visitor.once('connect', () => {
      visitor.destroy()
      resolve('alive')
    })
    visitor.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') resolve('absent')
      else if (error.code === 'ECONNREFUSED') resolve('dead')
      // Its backlog is full: somebody is there.
      else if (error.code === 'EAGAIN') resolve('alive')
      else reject(error)
    })
  })
}

async function listen(server: Server, socket: string, mode: number): Promise<void> {
  // Between bind and chmod the socket must not be open to more than it will be.
  const before = process.umask(0o777 & ~mode)
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(socket, () => {
        server.off('error', reject)
        resolve()
      })
      process.umask(before)
    })
    await chmod(socket, mode)
  } catch (error) {
    throw unusable(socket, error)
  } finally {
    process.umask(before)
  }
}

function unusable(socket: string, cause: unknown): ApiSocketError {
  return new ApiSocketError(
    'API_SOCKET_UNUSABLE',
    `the socket ${socket} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`,
    'check the folder of the socket, and that its path is not used for something else',
    { cause },
  )
}
