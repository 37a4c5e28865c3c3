import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '@movip/core/backend'
import { askWithin, refuseLapsed } from '@movip/core/leading'
import type { Budget, Failure } from '@movip/core/leading'
import { POLL_MS } from './access.ts'
import type { ArmCalls, RawAnswer } from './access.ts'
import { ArmError } from './arm-error.ts'
import { kindOf } from './faults.ts'

/** A resource as the service has it, with everything that nobody here knows: whoever writes it back must not lose that. */
export interface Document {
  readonly id: string
  readonly name?: string
  readonly etag?: string
  readonly properties: Readonly<Record<string, unknown>>
  readonly [more: string]: unknown
}

/** Of whole documents only what has not changed since is written over. */
export interface Condition {
  readonly ifMatch?: string
  readonly ifNoneMatch?: '*'
}

/** An operation that is not done by then may never be: it is asked for anew. */
const OPERATION_MS = 30_000
/** A service that wants to be asked seldom is asked so often all the same: a lease does not wait. */
const LONGEST_POLL_MS = 1000

/** Reads and writes whole documents. The SDK's own models drop what they do not know. */
export class Documents {
  private readonly calls: ArmCalls
  private readonly clock: Clock

  constructor(calls: ArmCalls, clock: Clock) {
    this.calls = calls
    this.clock = clock
  }

  async get(id: string, budget: Budget): Promise<Document> {
    const { body } = await this.ask(() => this.calls.send({ method: 'GET', path: id }, budget.signal), budget)
    return body as Document
  }

  /** All pages. */
  async list(path: string, budget: Budget): Promise<readonly Document[]> {
    const found: Document[] = []
    for (let next: string | undefined = path; next !== undefined;) {
      const page: string = next
      const { body } = await this.ask(() => this.calls.send({ method: 'GET', path: page }, budget.signal), budget)
      const { value = [], nextLink } = body as { readonly value?: readonly Document[]; readonly nextLink?: string }
      found.push(...value)
      next = nextLink
    }
    return found
  }

  /** Writes once, and resolves when the service has done it. Whoever is refused looks again before another attempt. */
  async put(document: Document, condition: Condition, budget: Budget): Promise<void> {
    refuseLapsed(this.clock, budget)
    const { signal } = budget
    const answer = await this.calls.send({ method: 'PUT', path: document.id, body: writable(document), ...condition }, signal)
    await this.done(answer, signal)
  }

  private async done({ headers }: RawAnswer, signal: AbortSignal): Promise<void> {
    const operation = headers['azure-asyncoperation']
    if (operation === undefined) return
    const limit = AbortSignal.any([signal, AbortSignal.timeout(OPERATION_MS)])
    for (;;) {
      await sleep(POLL_MS, undefined, { signal: limit })
      const { body, headers: told } = await this.calls.send({ method: 'GET', path: operation }, limit)
      const { status, error } = body as { readonly status?: string; readonly error?: { readonly code?: string; readonly message?: string } }
      if (status === 'Succeeded') return
      if (status === 'Failed' || status === 'Canceled')
        throw new ArmError(500, error?.code ?? status, error?.message ?? `the operation has ended as ${status}`)
      const seconds = Number(told['retry-after'] ?? 0)
      await sleep(Math.min(LONGEST_POLL_MS, seconds * 1000), undefined, { signal: limit })
    }
  }

  private ask(once: () => Promise<RawAnswer>, budget: Budget): Promise<RawAnswer> {
    return askWithin({ clock: this.clock, once, failureOf }, budget)
  }
}

function failureOf(error: unknown): Failure {
  const kind = kindOf(error)
  const retryAfterMs = error instanceof ArmError ? error.retryAfterMs : null
  return { isPassing: kind === 'throttled' || kind === 'unreachable' || kind === 'failing', retryAfterMs }
}

/** Without what the service alone says. */
function writable(document: Document): unknown {
  return { ...without(document, 'etag'), properties: without(document.properties, 'provisioningState') }
}

function without(fields: Readonly<Record<string, unknown>>, name: string): object {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => key !== name))
}
