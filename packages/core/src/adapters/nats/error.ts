export type NatsErrorCode =
  | 'NATS_SECRET_EXPOSED'
  | 'NATS_SECRET_UNREADABLE'
  | 'NATS_SERVER_MISSING'
  | 'NATS_SERVER_FAILED'
  | 'NATS_ADDRESS_INVALID'
  | 'NATS_REFUSED'
  | 'NATS_UNREACHABLE'

/** The transport cannot be set up as configured: what was found, and the next step. */
export class NatsError extends Error {
  readonly code: NatsErrorCode
  readonly fix: string

  constructor(code: NatsErrorCode, message: string, fix: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause })
    this.name = 'NatsError'
    this.code = code
    this.fix = fix
  }
}
