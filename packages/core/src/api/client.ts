import { stat } from 'node:fs/promises'
import type {
  ApiError,
  ApplyAnswer,
  ClusterAnswer,
  EventsAnswer,
  FenceAnswer,
  HistoryAnswer,
  MaintenanceAnswer,
  MovesAnswer,
  NotifyAnswer,
  PlanAnswer,
  StatusAnswer,
  SwitchoverAnswer,
  TakeOverAnswer,
  TakeOverOffer,
  UpgradeAnswer,
  UpgradeState,
} from './types.ts'
import type { DrillWish } from './drill-route.ts'
import type { Rejection } from './refusal.ts'
import { watchLife } from './sign-of-life.ts'
export type * from './types.ts'
export type { KnownIncident } from '../model/index.ts'
export type { DrillWish } from './drill-route.ts'
export { longestMoveMs } from '../model/cluster.ts'

/**
 * An `import` of node:http reads every export of it, one of which loads all of undici: a quarter of the time that
 * `movip status` takes. Fetched this way it stays lazy.
 */
const { request } = process.getBuiltinModule('node:http')

/** Talks to the daemon of this node. It must stay light: `movip status` is mostly the time to load it. */
export interface Client {
  status(): Promise<StatusAnswer>
  cluster(): Promise<ClusterAnswer>
  /** `after`: only what came after the `last` of that answer, waiting so long for it. */
  events(limit: number, after?: { readonly last: number; readonly waitMs: number }): Promise<EventsAnswer>
  moves(): Promise<MovesAnswer>
  /** Waits for the outcome. */
  switchover(group: string, to?: string): Promise<SwitchoverAnswer>
  release(): Promise<{ readonly schemaVersion: 1; readonly released: readonly string[] }>
  /** Has this node, as coordinator, bring the text of a `cluster.yaml` into force. */
  configure(cluster: string): Promise<{ readonly schemaVersion: 1 }>
  /** What another configuration would change and move. */
  plan(target: Target): Promise<PlanAnswer>
  /** One step on the way to another configuration, from that version. Waits until a quorum has it. */
  apply(target: Target, version: number, by: string): Promise<ApplyAnswer>
  history(): Promise<HistoryAnswer>
  /** Waits until a quorum has it. */
  maintain(wish: MaintenanceWish): Promise<MaintenanceAnswer>
  /** Sends a test message to every target of notifications. Waits for what each says. */
  testNotify(): Promise<NotifyAnswer>
  /** Has the holder of the group, if it has it under that epoch, suffer a fault. */
  drill(wish: DrillWish): Promise<{ readonly schemaVersion: 1 }>
  /** Somebody has seen that the node is off. Waits until a quorum has it. */
  confirmOff(node: string, by: string): Promise<FenceAnswer>
  /** Waits for the rehearsal; then the daemon replaces itself. Without a program: by its own, as it is on the disk. */
  upgrade(program?: string): Promise<UpgradeAnswer>
  upgradeState(): Promise<UpgradeState>
  /** For the program of an upgrade alone. */
  takeOver(offer: TakeOverOffer): Promise<TakeOverAnswer>
}

/** The text of a `cluster.yaml`, or the version of an earlier configuration. */
export type Target = { readonly cluster: string; readonly file?: string } | { readonly version: number }
export type MaintenanceWish =
  | { readonly action: 'drain' | 'resume'; readonly nodes: readonly string[]; readonly force?: boolean; readonly by: string }
  | { readonly action: 'pause' | 'unpause'; readonly group: string | null; readonly by: string }

/**
 * NO_DAEMON: nobody listens. DENIED: the socket's mode forbids it. NO_ANSWER: connected, but silent for too long.
 * REFUSED: the daemon said no, `apiCode` says why. BROKEN: what answered does not speak this API.
 */
export type ClientErrorCode = 'NO_DAEMON' | 'DENIED' | 'NO_ANSWER' | 'REFUSED' | 'BROKEN'

/** A question that the daemon did not answer. `fix` names the next step. */
export class ClientError extends Error {
  readonly code: ClientErrorCode
  readonly fix: string
  /** The daemon's own code, for REFUSED. */
  readonly apiCode: string | null
  /** The mistakes of a configuration that was refused, each with its place. */
  readonly problems?: Rejection['problems']
  constructor(code: ClientErrorCode, message: string, fix: string, options?: ErrorOptions & Partial<Refused>) {
    super(message, options)
    this.name = 'ClientError'
    this.code = code
    this.fix = fix
    this.apiCode = options?.apiCode ?? null
    if (options?.problems !== undefined) this.problems = options.problems
  }
}

interface Refused extends Pick<Rejection, 'problems'> {
  readonly apiCode: string
}

export interface ClientOptions {
  /** Path of the daemon's unix socket. */
  readonly socket: string
  /** How long a question may take, ms. */
  readonly timeoutMs?: number
}

/** A client for one daemon. Every call opens its own connection. */
export function createClient(options: ClientOptions): Client {
  const timeoutMs = options.timeoutMs ?? 5000
  const ask = <T>(method: 'GET' | 'POST', path: string, body?: object, patienceMs = timeoutMs): Promise<T> =>
    exchange(options.socket, { method, path, body, timeoutMs: patienceMs }) as Promise<T>
  return {
    status: () => ask('GET', '/v1/status'),
    cluster: () => ask('GET', '/v1/cluster'),
    events: (limit, after) =>
      after === undefined
        ? ask('GET', `/v1/events?limit=${limit}`)
        : ask('GET', `/v1/events?limit=${limit}&after=${after.last}&wait=${after.waitMs}`, undefined, timeoutMs + after.waitMs),
    moves: () => ask('GET', '/v1/moves'),
    // A planned move waits for services that stop and start, and the daemon for as long as its configuration gives them: it is to say itself
    // that it waits no more. Whether it still is there is asked meanwhile.
    switchover: (group, to) => {
      const isThere = (): Promise<boolean> =>
        ask('GET', '/v1/upgrade').then(
          () => true,
          (error: unknown) => !(error instanceof ClientError && error.code === 'NO_ANSWER'),
        )
      const life = watchLife(isThere, timeoutMs)
      const body = { group, ...(to === undefined ? {} : { to }) }
      const question: Question = { method: 'POST', path: '/v1/switchover', body, timeoutMs, lost: life.lost }
      return (exchange(options.socket, question) as Promise<SwitchoverAnswer>).finally(() => life.stop())
    },
    release: () => ask('POST', '/v1/release', {}),
    configure: (cluster) => ask('POST', '/v1/configure', { cluster }),
    plan: (target) => ask('POST', '/v1/plan', { target }),
    apply: (target, version, by) => ask('POST', '/v1/apply', { target, version, by }, Math.max(timeoutMs, changePatienceMs)),
    history: () => ask('GET', '/v1/history'),
    drill: (wish) => ask('POST', '/v1/drill', wish, Math.max(timeoutMs, changePatienceMs)),
    confirmOff: (node, by) => ask('POST', '/v1/fence', { node, by }, Math.max(timeoutMs, changePatienceMs)),
    maintain: (wish) => ask('POST', '/v1/maintenance', wish, Math.max(timeoutMs, changePatienceMs)),
    testNotify: () => ask('POST', '/v1/notify', {}, notifyPatienceMs),
    upgrade: (program) => ask('POST', '/v1/upgrade', program === undefined ? {} : { program }, Math.max(timeoutMs, upgradePatienceMs)),
    upgradeState: () => ask('GET', '/v1/upgrade'),
    takeOver: (offer) => ask('POST', '/v1/take-over', offer),
  }
}

interface Question {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body: object | undefined
  readonly timeoutMs: number
  /** Ends the wait instead of `timeoutMs`. */
  readonly lost?: AbortSignal
}

/** Longer than the daemon waits for a quorum. */
const changePatienceMs = 20_000
/** Each target has its own time to answer. */
const notifyPatienceMs = 120_000
/** Longer than the daemon waits for a rehearsal. */
const upgradePatienceMs = 90_000
const answerLengthMax = 16 * 1024 * 1024
/** What an answer consists of, all of them maps or lists. */
const partsOf: Readonly<Record<string, readonly string[]>> = {
  '/v1/status': ['engine', 'runner', 'transport'],
  '/v1/cluster': ['cluster'],
  '/v1/events': ['events'],
  '/v1/moves': ['moves'],
  '/v1/switchover': ['reply'],
  '/v1/release': ['released'],
  '/v1/configure': [],
  '/v1/plan': ['plan'],
  '/v1/notify': ['targets'],
  '/v1/history': ['configurations'],
  '/v1/maintenance': ['nodes'],
  '/v1/drill': [],
  '/v1/fence': ['groups'],
}

async function exchange(socket: string, question: Question): Promise<unknown> {
  let answer: { readonly status: number; readonly text: string }
  try {
    answer = await transfer(socket, question)
  } catch (error) {
    throw await explain(socket, question, error)
  }
  const value = parse(answer.text)
  if (answer.status < 400 && isAnswer(value, question.path)) return value
  if (isApiError(value)) {
    const { code, message, fix, problems } = value.error
    throw new ClientError('REFUSED', message, fix, { apiCode: code, ...(Array.isArray(problems) ? { problems } : {}) })
  }
  throw new ClientError(
    'BROKEN',
    `what listens on ${socket} does not speak the API of this movip (HTTP ${answer.status})`,
    'check the path, and that movip and its daemon have the same version',
  )
}

function transfer(socket: string, question: Question): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const signal = question.lost ?? AbortSignal.timeout(question.timeoutMs)
    const body = question.body === undefined ? '' : JSON.stringify(question.body)
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), connection: 'close' }
    let answered = false
    const call = request({ socketPath: socket, method: question.method, path: question.path, headers, signal }, (response) => {
      answered = true
      const chunks: Buffer[] = []
      let length = 0
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        length += chunk.length
        if (length > answerLengthMax) response.destroy(new Error('the answer is too long'))
      })
      response.on('error', reject)
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }))
    })
    call.on('error', reject)
    // An answer that changes the protocol ends the call without an error.
    call.on('close', () => {
      if (!answered) reject(new Error('it hung up without an answer'))
    })
    call.end(body)
  })
}

async function explain(socket: string, question: Question, cause: unknown): Promise<ClientError> {
  const { code, name, message } = cause as { code?: string; name?: string; message?: string }
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ECONNREFUSED':
      return new ClientError(
        'NO_DAEMON',
        `no daemon on this node (nobody listens on ${socket})`,
        'start it with: systemctl start movip (or: movip run); is it another socket, name it with --socket',
        { cause },
      )
    case 'EACCES':
    case 'EPERM':
      return new ClientError(
        'DENIED',
        `you may not talk to the daemon${await whoMay(socket)}`,
        "run it with sudo, or let api.mode in node.yaml and the socket's group admit you",
        { cause },
      )
    default:
      return name === 'TimeoutError' || code === 'ABORT_ERR'
        ? new ClientError(
            'NO_ANSWER',
            `the daemon did not answer within ${question.timeoutMs} ms`,
            'it may be frozen or overloaded: journalctl -u movip',
            { cause },
          )
        : new ClientError(
            'BROKEN',
            `the talk with the daemon broke off: ${message ?? String(cause)}`,
            'try again; then look into: journalctl -u movip',
            { cause },
          )
  }
}

async function whoMay(socket: string): Promise<string> {
  try {
    const { mode, uid, gid } = await stat(socket)
    return `: ${socket} has mode ${(mode & 0o777).toString(8).padStart(4, '0')}, user id ${uid}, group id ${gid}`
  } catch {
    return `: the folder of ${socket} is closed to you`
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function isAnswer(value: unknown, path: string): boolean {
  if (typeof value !== 'object' || value === null) return false
  const answer = value as Readonly<Record<string, unknown>>
  const parts = partsOf[path.split('?', 1)[0] ?? ''] ?? []
  return answer['schemaVersion'] === 1 && parts.every((part) => typeof answer[part] === 'object' && answer[part] !== null)
}

function isApiError(value: unknown): value is ApiError {
  if (typeof value !== 'object' || value === null || !('error' in value)) return false
  const { error } = value
  if (typeof error !== 'object' || error === null || !('code' in error && 'message' in error && 'fix' in error)) return false
  return [error.code, error.message, error.fix].every((text) => typeof text === 'string')
}
