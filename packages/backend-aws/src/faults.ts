import { BackendError } from '@movip/core/backend'

/** What kind of failure it is, as far as it decides what to do. */
export type FaultKind = 'throttled' | 'denied' | 'expired' | 'missing' | 'unreachable' | 'failing' | 'aborted' | 'refused'

const throttles = [
  'RequestLimitExceeded',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
  'RequestThrottled',
  'Client.RequestLimitExceeded',
]
const denials = [
  'UnauthorizedOperation',
  'AccessDenied',
  'AccessDeniedException',
  'AuthFailure',
  'SignatureDoesNotMatch',
  'InvalidClientTokenId',
  'OptInRequired',
]
const expiries = ['RequestExpired', 'ExpiredToken', 'ExpiredTokenException', 'RequestTimeTooSkewed']
const failures = ['InternalError', 'InternalFailure', 'Unavailable', 'ServiceUnavailable']

/** An attempt has run out of time. What was asked for may still be done. */
export class NoAnswer extends Error {
  constructor(withinMs: number, cause: unknown) {
    super(`no answer within ${withinMs} ms`, { cause })
    this.name = 'NoAnswer'
  }
}

/** The code that the service answered with, or the name of what went wrong on the way. */
export function codeOf(error: unknown): string {
  return error instanceof Error ? error.name : 'Error'
}

export function kindOf(error: unknown): FaultKind {
  const code = codeOf(error)
  const status = statusOf(error)
  if (throttles.includes(code) || status === 429) return 'throttled'
  if (expiries.includes(code) || code === 'CredentialsProviderError') return 'expired'
  if (denials.includes(code) || status === 401 || status === 403) return 'denied'
  if (code.endsWith('.NotFound')) return 'missing'
  if (failures.includes(code) || (status !== null && status >= 500)) return 'failing'
  if (status !== null) return 'refused'
  return code === 'AbortError' ? 'aborted' : 'unreachable'
}

/** null: nothing was answered. */
function statusOf(error: unknown): number | null {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return null
  const { httpStatusCode } = error.$metadata as { readonly httpStatusCode?: number }
  return httpStatusCode ?? null
}

const codes = {
  throttled: 'TIMEOUT',
  denied: 'DENIED',
  expired: 'DENIED',
  missing: 'NOT_FOUND',
  unreachable: 'UNREACHABLE',
  failing: 'FAILED',
  aborted: 'TIMEOUT',
  refused: 'FAILED',
} as const

/** What was asked for, in words for messages. */
export interface Asked {
  /** Name of the operation, such as `ReplaceRoute`. */
  readonly action: string
  /** For example `route table rtb-1`. */
  readonly resource: string
  readonly region: string
}

/** The failure as movip tells it: what it was about, and what to change. */
export function backendError(error: unknown, asked: Asked): BackendError {
  if (error instanceof BackendError) return error
  const kind = kindOf(error)
  const message = `${asked.resource}: ${asked.action}: ${codeOf(error)}: ${error instanceof Error ? error.message : String(error)}`
  const fix = kind === 'denied' ? (roleFix(message) ?? fixOf(kind, asked)) : fixOf(kind, asked)
  return new BackendError(codes[kind], message, fix, { cause: error })
}

/** A role that could not be taken on is another matter than what it may do. null: it is none of that. */
function roleFix(message: string): string | null {
  const [, role] = /sts:AssumeRole on resource: (\S+)/.exec(message) ?? []
  if (role === undefined) return null
  return `let the role of this node take on ${role}: allow it sts:AssumeRole, and name it in the trust policy of that role`
}

function fixOf(kind: FaultKind, { action, resource, region }: Asked): string {
  switch (kind) {
    case 'throttled':
      return 'none: movip tries again; where it stays so, ask AWS for a higher limit, or call the API less from elsewhere'
    case 'denied':
      return `allow ec2:${action} to the role of this node: movip check --print-iam-policy prints the least policy`
    case 'expired':
      return 'give this node credentials that last: an instance profile, and a clock that is right'
    case 'missing':
      return `correct the id of ${resource} in cluster.yaml, or the region: this node asks ${region}`
    case 'unreachable':
      return `let this node reach the EC2 API of ${region}: a NAT gateway, or a VPC endpoint for ec2`
    case 'failing':
    case 'aborted':
      return 'none: movip tries again; see health.aws.amazon.com'
    case 'refused':
      return `see what is said of ${resource}`
  }
}

/** A route table knows no way to the address so far. */
export function isNoRoute(error: unknown): boolean {
  return codeOf(error) === 'InvalidParameterValue' && error instanceof Error && /no route/i.test(error.message)
}
