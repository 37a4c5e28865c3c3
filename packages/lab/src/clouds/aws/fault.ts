/** An error that the service answers with. Codes as Amazon documents them for EC2. */
export class Ec2Fault extends Error {
  readonly code: string
  readonly status: number
  constructor(code: string, message: string, status = statusOf(code)) {
    super(message)
    this.name = 'Ec2Fault'
    this.code = code
    this.status = status
  }
}

const statuses: Readonly<Record<string, number>> = {
  DryRunOperation: 412,
  UnauthorizedOperation: 403,
  AuthFailure: 401,
  RequestExpired: 400,
  RequestLimitExceeded: 503,
  Unavailable: 503,
  ServiceUnavailable: 503,
  InternalError: 500,
}

function statusOf(code: string): number {
  return statuses[code] ?? 400
}
