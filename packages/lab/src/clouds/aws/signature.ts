import { timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'
import { Ec2Fault } from './fault.ts'

/** Keys that somebody may sign with, for as long as they last. */
export interface Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  /** Wall clock; absent: they do not end. */
  readonly expiresAt?: number
  /** Whose they are, such as `role/movip`: permissions belong to it. */
  readonly principal: string
}

export interface SignedRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface Scope {
  readonly region: string
  readonly service: string
}

/** A clock that is further off than this is not believed. */
const SKEW_MS = 5 * 60_000

/** Who has signed the request (Signature Version 4). Throws `Ec2Fault` as the service refuses it. */
export async function signerOf(request: SignedRequest, scope: Scope, keys: readonly Keys[], now: number): Promise<Keys> {
  const { accessKeyId, date, signed, signature } = authorizationOf(request, scope)
  const signer = keys.find((known) => known.accessKeyId === accessKeyId)
  const token = request.headers['x-amz-security-token'] ?? ''
  if (signer === undefined || token !== (signer.sessionToken ?? ''))
    throw new Ec2Fault('AuthFailure', 'AWS was not able to validate the provided access credentials')
  const at = instantOf(date)
  const isOver = signer.expiresAt !== undefined && now >= signer.expiresAt
  if (isOver || !(Math.abs(at - now) <= SKEW_MS)) throw new Ec2Fault('RequestExpired', 'Request has expired.')
  if (isSame(signature, await signatureOf(request, signed, scope, signer, at))) return signer
  const message = 'The request signature we calculated does not match the signature you provided.'
  throw new Ec2Fault('SignatureDoesNotMatch', message, 403)
}

interface Authorization {
  readonly accessKeyId: string
  readonly date: string
  /** Names of the headers that it covers. */
  readonly signed: readonly string[]
  readonly signature: string
}

function authorizationOf({ headers }: SignedRequest, scope: Scope): Authorization {
  const { authorization = '', 'x-amz-date': date } = headers
  const parts = form.exec(authorization)?.groups
  if (parts === undefined || typeof date !== 'string')
    throw new Ec2Fault('MissingAuthenticationToken', 'Request is missing Authentication Token', 403)
  const { key = '', day = '', region = '', service = '', signed = '', signature = '' } = parts
  if (region !== scope.region || service !== scope.service || !date.startsWith(day)) {
    const message = `Credential should be scoped to region ${scope.region} and service ${scope.service}, not ${region}/${service} of ${day}`
    throw new Ec2Fault('SignatureDoesNotMatch', message, 403)
  }
  return { accessKeyId: key, date, signed: signed.split(';'), signature }
}

const scopeForm = String.raw`(?<key>[^/]+)/(?<day>\d{8})/(?<region>[^/]+)/(?<service>[^/]+)/aws4_request`
const form = new RegExp(`^AWS4-HMAC-SHA256 Credential=${scopeForm}, SignedHeaders=(?<signed>[^,]+), Signature=(?<signature>[0-9a-f]{64})$`)

/** `20261123T141500Z` */
function instantOf(date: string): number {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? []
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}

/** The signature that the request must have, by Amazon's own signer, over the headers that it says are signed. */
async function signatureOf(
  request: SignedRequest,
  signed: readonly string[],
  { region, service }: Scope,
  signer: Keys,
  at: number,
): Promise<string> {
  const { accessKeyId, secretAccessKey, sessionToken } = signer
  const credentials = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
  const v4 = new SignatureV4({ credentials, region, service, sha256: Sha256, applyChecksum: signed.includes('x-amz-content-sha256') })
  // The checksum is not believed but made anew: a given one would be signed as it is.
  const given = signed.filter((name) => name !== 'x-amz-content-sha256')
  const headers = Object.fromEntries(given.map((name) => [name, String(request.headers[name] ?? '')]))
  const { method, path, body } = request
  const again = await v4.sign(
    { method, path, body, headers, protocol: 'http:', hostname: headers['host'] ?? '', query: {} },
    { signingDate: new Date(at), signableHeaders: new Set(signed) },
  )
  return /Signature=([0-9a-f]+)$/.exec(again.headers['authorization'] ?? '')?.[1] ?? ''
}

function isSame(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other))
}
