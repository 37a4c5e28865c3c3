import { setTimeout as sleep } from 'node:timers/promises'
import type { Budget } from '@movip/core/leading'
import type { Call, ComputeCalls } from './access.ts'
import { nameOf } from './links.ts'

/** What a change answers with: it goes on, and may fail yet. */
export interface Begun {
  readonly name?: string | null
}

/** An operation as it stands. */
interface Operation {
  readonly status?: string | number | null
  readonly httpErrorStatusCode?: number | null
  readonly error?: { readonly errors?: readonly { readonly code?: string | null; readonly message?: string | null }[] | null } | null
}

/** A change that was begun and came to nothing. Google tells of it with HTTP 200. */
export class OperationError extends Error {
  readonly httpStatusCode: number
  constructor(operation: Operation) {
    const [first] = operation.error?.errors ?? []
    super(`${first?.code ?? 'the operation failed'}: ${first?.message ?? 'nothing more is said'}`)
    this.name = 'OperationError'
    this.httpStatusCode = operation.httpErrorStatusCode ?? 500
  }
}

/** Asked so often, until it is done; an operation that is not done by then may never be. */
const POLL_MS = 250
const LONGEST_MS = 30_000
/** Of the SDK, which tells the number of the enumeration at times. */
const DONE: readonly (string | number | null | undefined)[] = ['DONE', 2104194]

/** Resolves when the change is done. Throws `OperationError` for one that failed. */
export async function untilDone(calls: ComputeCalls, { name }: Begun, zone: string | null, { signal }: Budget): Promise<void> {
  const { project } = calls
  const operation = nameOf(name)
  const limit = AbortSignal.any([signal, AbortSignal.timeout(LONGEST_MS)])
  for (;;) {
    const call: Call =
      zone === null
        ? { client: 'globalOperations', method: 'get', request: { project, operation } }
        : { client: 'zoneOperations', method: 'get', request: { project, zone, operation } }
    const found = await calls.once<Operation>(call, limit)
    if (DONE.includes(found.status)) {
      if (found.error?.errors?.length) throw new OperationError(found)
      return
    }
    await sleep(POLL_MS, undefined, { signal: limit })
  }
}
