import { BackendError } from '@movip/core/backend'

/** What kind of failure it is, as far as it decides what to do. */
export type FaultKind =
  | 'throttled'
  | 'denied'
  | 'expired'
  | 'missing'
  | 'conflict'
  | 'stale'
  | 'unreachable'
  | 'failing'
  | 'aborted'
  | 'refused'

/** An attempt has run out of time. What was asked for may still be done. */
export class NoAnswer extends Error {
  constructor(withinMs: number, cause: unknown) {
    super(`no answer within ${withinMs} ms`, { cause })
    this.name = 'NoAnswer'
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

export function kindOf(error: unknown): FaultKind {
  const status = statusOf(error)
  if (status !== null) return byStatus[status] ?? (status >= 500 ? 'failing' : 'refused')
  const name = error instanceof Error ? error.name : ''
  if (name === 'AbortError') return 'aborted'
  return /^(CredentialUnavailable|Authentication|AuthenticationRequired)Error$/.test(name) ? 'expired' : 'unreachable'
}

/** The code that the service answered with, or the name of what went wrong on the way. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'Error'
  if ('code' in error && typeof error.code === 'string' && error.code !== '') return error.code
  return error.name
}

/** null: nothing was answered. */
function statusOf(error: unknown): number | null {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return null
  return typeof error.statusCode === 'number' ? error.statusCode : null
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
  aborted: 'TIMEOUT',
  refused: 'FAILED',
} as const

/** What was asked for, in words for messages. */
export interface Asked {
  /** What a role must allow for it, such as `Microsoft.Network/loadBalancers/read`. */
  readonly permission: string
  /** For example `load balancer inside`. */
  readonly resource: string
}

/** The failure as movip tells it: what it was about, and what to change. */
export function backendError(error: unknown, asked: Asked): BackendError {
  if (error instanceof BackendError) return error
  const kind = kindOf(error)
  const text = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''
  return new BackendError(codes[kind], `${asked.resource}: ${codeOf(error)}: ${text}`, fixOf(kind, asked), { cause: error })
}

function fixOf(kind: FaultKind, { permission, resource }: Asked): string {
  switch (kind) {
    case 'denied':
      return `give this machine's identity a role with ${permission} on ${resource}`
    case 'expired':
      return 'give this machine a managed identity (az vm identity assign), or name it in AZURE_CLIENT_ID, AZURE_TENANT_ID and the like'
    case 'missing':
      return `correct the name of ${resource} in the endpoint's options`
    case 'unreachable':
      return 'let this node reach Resource Manager: behind an internal standard load balancer it needs a NAT gateway or a public address for that'
    case 'throttled':
      return 'none: movip asks again; if it lasts, see who else asks so often in this subscription'
    case 'conflict':
    case 'stale':
      return `none: movip asks again; somebody else is changing ${resource}`
    default:
      return 'none: movip asks again; if it lasts, see the health of Azure'
  }
}
