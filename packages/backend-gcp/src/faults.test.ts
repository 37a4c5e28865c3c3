import { expect, it } from 'vitest'
import { backendError, failureOf, kindOf, NoAnswer } from './faults.ts'
import { OperationError } from './operations.ts'

const answered = (httpStatusCode: number, message = 'no'): Error => Object.assign(new Error(message), { httpStatusCode, code: 9 })

it.each<[string, Error, string, boolean]>([
  ['401', answered(401), 'expired', false],
  ['403', answered(403), 'denied', false],
  ['403 that means later', answered(403, 'Rate Limit Exceeded'), 'throttled', true],
  ['404', answered(404), 'missing', false],
  ['409', answered(409), 'conflict', false],
  ['412, which the SDK calls as it calls 405', answered(412), 'stale', false],
  ['429', answered(429), 'throttled', true],
  ['503', answered(503), 'failing', true],
  ['no answer in time', new NoAnswer(2000), 'unreachable', true],
  ['an operation that was done and had failed', new OperationError({ status: 'DONE', httpErrorStatusCode: 412 }), 'stale', false],
])('%s is told apart by its status, and whether another attempt may end otherwise', (_, error, kind, isPassing) => {
  expect([kindOf(error), failureOf(error).isPassing]).toEqual([kind, isPassing])
})

it('a refusal names the right that is missing', () => {
  const { code, fix } = backendError(answered(403), { permission: 'compute.routes.create', resource: 'the routes' })
  expect([code, fix]).toEqual(['DENIED', expect.stringContaining('compute.routes.create')])
})
