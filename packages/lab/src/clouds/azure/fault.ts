interface Detail {
  readonly code: string
  readonly message: string
}

export interface FaultMore {
  readonly status?: number
  readonly details?: readonly Detail[]
  readonly headers?: Readonly<Record<string, string>>
}

/** An error that the service answers with. Codes as Microsoft documents them, or as they are seen in the field. */
export class ArmFault extends Error {
  readonly code: string
  readonly status: number
  readonly details: readonly Detail[]
  readonly headers: Readonly<Record<string, string>>
  constructor(code: string, message: string, { status = statusOf(code), details = [], headers = {} }: FaultMore = {}) {
    super(message)
    this.name = 'ArmFault'
    this.code = code
    this.status = status
    this.details = details
    this.headers = headers
  }
}

const statuses: Readonly<Record<string, number>> = {
  AuthenticationFailed: 401,
  InvalidAuthenticationToken: 401,
  ExpiredAuthenticationToken: 401,
  AuthorizationFailed: 403,
  SubscriptionNotFound: 404,
  ResourceGroupNotFound: 404,
  ResourceNotFound: 404,
  ParentResourceNotFound: 404,
  NotFound: 404,
  InvalidResourceType: 404,
  AnotherOperationInProgress: 409,
  InvalidResourceLocation: 409,
  PreconditionFailed: 412,
  TooManyRequests: 429,
  RetryableError: 429,
  SubscriptionRequestsThrottled: 429,
  InternalServerError: 500,
  ServerTimeout: 503,
  ServiceUnavailable: 503,
}

function statusOf(code: string): number {
  return statuses[code] ?? 400
}
