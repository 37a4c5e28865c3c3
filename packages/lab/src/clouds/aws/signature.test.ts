import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Ec2Fault } from './fault.ts'
import { signerOf } from './signature.ts'
import type { Keys, SignedRequest } from './signature.ts'

const keys: Keys = { accessKeyId: 'AKIDTEST', secretAccessKey: 'a secret', principal: 'role/movip' }
const scope = { region: 'eu-west-1', service: 'ec2' }

let sent: SignedRequest
const server = createServer((request, response) => {
  let body = ''
  request.on('data', (part: Buffer) => (body += part.toString()))
  request.on('end', () => {
    sent = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body }
    response.end('<x/>')
  })
})
beforeAll(() => new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve)))
afterAll(() => void server.close())

/** A request as Amazon's client signs it. */
async function signedBy({ accessKeyId, secretAccessKey, sessionToken }: Keys, region = 'eu-west-1'): Promise<SignedRequest> {
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const credentials = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
  const client = new EC2Client({ region, endpoint, credentials })
  await client.send(new DescribeVpcsCommand({ Filters: [{ Name: 'tag:role', Values: ['a b+c/ü'] }] }))
  client.destroy()
  return sent
}

const judged = (request: SignedRequest, known = keys, now = Date.now()): Promise<string> =>
  signerOf(request, scope, [known], now).then(
    ({ principal }) => principal,
    (error: unknown) => (error instanceof Ec2Fault ? `${error.status} ${error.code}` : String(error)),
  )

describe('the signature of a request', () => {
  it('tells who sent it, with and without a session token', async () => {
    expect(await judged(await signedBy(keys))).toBe('role/movip')
    const session = { ...keys, sessionToken: 'a token' }
    expect(await judged(await signedBy(session), session)).toBe('role/movip')
  })

  it.each<[string, (request: SignedRequest) => SignedRequest]>([
    ['body', (request) => ({ ...request, body: `${request.body}&DryRun=true` })],
    ['path', (request) => ({ ...request, path: '/other' })],
    ['host', (request) => ({ ...request, headers: { ...request.headers, host: 'elsewhere' } })],
  ])('does not fit a request whose %s was changed on the way', async (_, alter) => {
    expect(await judged(alter(await signedBy(keys)))).toBe('403 SignatureDoesNotMatch')
  })

  it('does not fit another secret, an unknown key, another region, or a token that is another or missing', async () => {
    const request = await signedBy(keys)
    expect(await judged(request, { ...keys, secretAccessKey: 'other' })).toBe('403 SignatureDoesNotMatch')
    expect(await judged(request, { ...keys, accessKeyId: 'OTHER' })).toBe('401 AuthFailure')
    expect(await judged(request, { ...keys, sessionToken: 'a token' })).toBe('401 AuthFailure')
    expect(await judged(await signedBy(keys, 'us-east-1'))).toBe('403 SignatureDoesNotMatch')
  })

  it('is missing where nobody has signed', async () => {
    expect(await judged({ ...(await signedBy(keys)), headers: {} })).toBe('403 MissingAuthenticationToken')
  })

  it('ends with its time, and with that of the keys', async () => {
    const request = await signedBy(keys)
    expect(await judged(request, keys, Date.now() + 6 * 60_000)).toBe('400 RequestExpired')
    expect(await judged(request, { ...keys, expiresAt: Date.now() - 1 })).toBe('400 RequestExpired')
    expect(await judged(request, { ...keys, expiresAt: Date.now() + 60_000 })).toBe('role/movip')
  })
})
