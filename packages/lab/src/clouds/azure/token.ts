import type { IncomingHttpHeaders } from 'node:http'
import { ArmFault } from './fault.ts'

/** What a client shows to say who it is. */
export interface Token {
  readonly token: string
  readonly principal: string
  /** Milliseconds since 1970; absent: never. */
  readonly expiresAt?: number
}

/** Whose token a request carries. Throws `ArmFault` where it carries none that is good now. */
export function principalOf({ authorization }: IncomingHttpHeaders, tokens: readonly Token[], now: number): string {
  if (authorization === undefined) throw refused('AuthenticationFailed', "Authentication failed. The 'Authorization' header is missing.")
  const [, text] = /^Bearer (\S+)$/i.exec(authorization) ?? []
  if (text === undefined)
    throw refused(
      'AuthenticationFailedInvalidHeader',
      "Authentication failed. The 'Authorization' header is provided in an invalid format.",
    )
  const found = tokens.find(({ token }) => token === text)
  if (found === undefined) throw refused('InvalidAuthenticationToken', 'The access token is invalid.')
  const { principal, expiresAt = Infinity } = found
  if (expiresAt > now) return principal
  const [ended, at] = [expiresAt, now].map((time) => new Date(time).toISOString())
  throw refused('ExpiredAuthenticationToken', `The access token expiry UTC time '${ended}' is earlier than current UTC time '${at}'.`)
}

function refused(code: string, message: string): ArmFault {
  const challenge = `Bearer authorization_uri="https://login.microsoftonline.com/", error="invalid_token", error_description="${message}"`
  return new ArmFault(code, message, { status: 401, headers: { 'www-authenticate': challenge } })
}
