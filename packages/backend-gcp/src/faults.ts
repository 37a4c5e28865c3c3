import { BackendError } from '@movip/core/backend'
import type { Failure } from '@movip/core/leading'

/** What kind of failure it is, as far as it decides what to do. */
export type FaultKind = 'throttled' | 'denied' | 'expired' | 'missing' | 'conflict' | 'stale' | 'unreachable' | 'failing' | 'refused'

/** An attempt has run out of time. What was asked for may still be done, and its answer counts for nothing. */
export class NoAnswer extends Error {
  constructor(withinMs: number) {
    super(`no answer within ${withinMs} ms`)
    this.name = 'NoAnswer'
  }
}

/** What was answered is a refusal; `httpStatusCode` null: nothing was answered. */
export class Refusal extends Error {
  readonly httpStatusCode: number | null
  constructor(message: string, status: number | null) {
    super(message)
    this.name = 'Refusal'
    this.httpStatusCode = status
  }
}

const byStatus: Readonly<Record<number, FaultKind>> = {
  401: 'expired',
  403: 'denied',
  404: 'missing',
  409: 'conflict',
  412: 'stale',
  429: 'throttled',
}
/** What Google answers with 403 as well, and means as "later". */
const throttle = /rate limit exceeded|quota exceeded/i

export function kindOf(error: unknown): FaultKind {
  const status = statusOf(error)
  if (status === null) return 'unreachable'
  if (status === 403 && throttle.test(error instanceof Error ? error.message : '')) return 'throttled'
  return byStatus[status] ?? (status >= 500 ? 'failing' : 'refused')
}

/** Whether another attempt may end otherwise. */
export function failureOf(error: unknown): Failure {
  const kind = kindOf(error)
  return { isPassing: kind === 'throttled' || kind === 'unreachable' || kind === 'failing', retryAfterMs: null }
}

/** HTTP status; null: nothing was answered. The SDK's own `code` is one of gRPC, in which many of them are the same. */
function statusOf(error: unknown): number | null {
  if (typeof error !== 'object' || error === null || !('httpStatusCode' in error)) return null
  return typeof error.httpStatusCode === 'number' ? error.httpStatusCode : null
}

const codes = {
  throttled: 'TIMEOUT',
  denied: 'DENIED',
  expired: 'DENIED',
  missing: 'NOT_FOUND',
  conflict: 'CONFLICT',
  stale: 'CONFLICT',
  unreachable: 'UNREACHABLE',
  failing: 'FAILED',
  refused: 'FAILED',
} as const

/** What was asked for, in words for messages. */
export interface Asked {
  /** What a role must allow for it, such as `compute.regionBackendServices.get`. */
  readonly permission: string
  /** For example `backend service inside`. */
  readonly resource: string
}

/** The failure as movip tells it: what it was about, and what to change. */
export function backendError(error: unknown, asked: Asked): BackendError {
  if (error instanceof BackendError) return error
  const kind = kindOf(error)
  const text = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''
  return new BackendError(codes[kind], `${asked.resource}: ${text}`, fixOf(kind, asked), { cause: error })
}

function fixOf(kind: FaultKind, { permission, resource }: Asked): string {
  switch (kind) {
    case 'denied':
      return `give this machine's service account a role with ${permission}, and the access scope cloud-platform`
    case 'expired':
      return 'give this machine a service account: gcloud compute instances set-service-account'
    case 'missing':
      return `correct the name of ${resource} in the endpoint's options`
    case 'unreachable':
      return 'let this node reach compute.googleapis.com: without an external address it needs Private Google Access on its subnetwork'
    case 'throttled':
      return 'none: movip asks again; if it lasts, see who else asks so often in this project'
    case 'conflict':
    case 'stale':
      return `none: movip asks again; somebody else is changing ${resource}`
    default:
      return 'none: movip asks again; if it lasts, see the health of Google Cloud'
  }
}
