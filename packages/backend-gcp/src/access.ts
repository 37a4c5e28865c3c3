import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { NoAnswer, Refusal } from './faults.ts'

/** Where to ask. */
export interface Access {
  readonly project: string
  /** Of Compute Engine; absent: the public one. */
  readonly endpoint?: string | undefined
}

/** The clients of Compute Engine that are needed here. */
export type ClientName =
  | 'forwardingRules'
  | 'backendServices'
  | 'regionHealthChecks'
  | 'healthChecks'
  | 'routes'
  | 'instances'
  | 'globalOperations'
  | 'zoneOperations'

/** One call, as the SDK has it. */
export interface Call {
  readonly client: ClientName
  readonly method: 'get' | 'list' | 'insert' | 'delete' | 'getEffectiveFirewalls' | 'getHealth' | 'updateNetworkInterface'
  readonly request: object
}

export interface Asked extends Call {
  readonly id: number
}

export type Told =
  | { readonly id: number; readonly answer: string }
  | { readonly id: number; readonly refusal: { readonly message: string; readonly status: number | null } }

/** One attempt may take so long. */
const ATTEMPT_MS = 2000
const THREAD = new URL(`./compute-thread${extname(import.meta.url)}`, import.meta.url)

interface Thread {
  readonly worker: Worker
  /** It has loaded the SDK. */
  readonly ready: Promise<void>
}

interface Waiting {
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: Error) => void
}

/** The control plane of one project. The SDK has no limit of time and cannot be called off: attempts are bounded here, and late answers are dropped. */
export class ComputeCalls {
  readonly project: string
  private readonly access: Access
  private thread: Thread | null = null
  private readonly waiting = new Map<number, Waiting>()
  private count = 0

  constructor(access: Access) {
    this.project = access.project
    this.access = access
    // Long before it is needed.
    this.running()
  }

  /** Asks once, for so long at most, counted from when the thread is there. */
  async once<Output>(call: Call, signal: AbortSignal, withinMs = ATTEMPT_MS): Promise<Output> {
    signal.throwIfAborted()
    const id = (this.count += 1)
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    this.waiting.set(id, { resolve, reject })
    const { worker, ready } = this.running()
    let timer: NodeJS.Timeout | undefined
    void ready.then(() => {
      if (this.waiting.has(id)) timer = setTimeout(() => reject(new NoAnswer(withinMs)), withinMs)
    })
    const stop = (): void => reject(signal.reason as Error)
    signal.addEventListener('abort', stop, { once: true })
    // Whoever waits for an answer is held up by it, and nobody else.
    worker.ref()
    worker.postMessage({ ...call, id } satisfies Asked)
    try {
      return (await promise) as Output
    } finally {
      this.waiting.delete(id)
      if (this.waiting.size === 0) worker.unref()
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
    }
  }

  /** Started anew should it end. It holds no process up. */
  private running(): Thread {
    if (this.thread !== null) return this.thread
    const worker = new Worker(THREAD, { workerData: this.access })
    const { promise: ready, resolve } = Promise.withResolvers<void>()
    const thread: Thread = { worker, ready }
    worker.on('message', (told: Told | 'ready') => (told === 'ready' ? resolve() : this.hear(told)))
    worker.on('error', (error) => this.fail(error))
    worker.on('exit', () => {
      if (this.thread === thread) this.thread = null
      this.fail(new Error('the thread of the SDK has ended'))
    })
    // Whoever listens to it holds the process up, so this comes last.
    worker.unref()
    this.thread = thread
    return thread
  }

  private hear(told: Told): void {
    const waiting = this.waiting.get(told.id)
    if ('answer' in told) waiting?.resolve(JSON.parse(told.answer))
    else waiting?.reject(new Refusal(told.refusal.message, told.refusal.status))
  }

  private fail(error: Error): void {
    for (const { reject } of this.waiting.values()) reject(error)
  }
}

const known = new Map<string, ComputeCalls>()

/** One for all endpoints that ask the same: a thread with the SDK takes much memory. */
export function callsTo(access: Access): ComputeCalls {
  const key = JSON.stringify([access.project, access.endpoint])
  const calls = known.get(key) ?? new ComputeCalls(access)
  known.set(key, calls)
  return calls
}
