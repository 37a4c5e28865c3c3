import type { Fields } from './contract.ts'

/** An error that the service answers with. Reasons as Google documents them for Compute Engine. */
export class GcpFault extends Error {
  readonly status: number
  readonly reason: string
  constructor(reason: string, message: string, status = statusOf(reason)) {
    super(message)
    this.name = 'GcpFault'
    this.reason = reason
    this.status = status
  }
}

const statuses: Readonly<Record<string, number>> = {
  required: 400,
  invalid: 400,
  badRequest: 400,
  authError: 401,
  forbidden: 403,
  rateLimitExceeded: 403,
  notFound: 404,
  alreadyExists: 409,
  conditionNotMet: 412,
  backendError: 500,
  internalError: 500,
  backendUnavailable: 503,
}

function statusOf(reason: string): number {
  return statuses[reason] ?? 400
}

export function faultBody({ status, reason, message }: GcpFault): Fields {
  return { error: { code: status, message, errors: [{ message, domain: 'global', reason }] } }
}
