import { expect, it } from 'vitest'
import type { SingleFailure } from '../forecast/single-failures.ts'
import { failureFindings } from './single-failures.ts'

const failure = (kind: SingleFailure['kind'], name: string, stops: readonly string[] = [], quorum = true): SingleFailure => ({
  kind,
  name,
  stops,
  quorum,
  meanwhile: [],
})
const told = (...failures: readonly SingleFailure[]): readonly string[] => failureFindings(failures).map(({ message }) => message)

it('a failure that would stop service is told of, and whether decisions would still be made', () => {
  const failures = [failure('node', 'a', ['web']), failure('node', 'b'), failure('site', 'paris', ['web', 'db'], false)]
  expect(told(...failures)).toEqual([
    'the loss of node a would stop web',
    'the loss of site paris would stop web, db: no quorum would be left',
  ])
})

it('a nats-server whose loss is that of its node is not told of a second time', () => {
  expect(told(failure('node', 'a', ['web']), failure('node', 'b'), failure('nats', 'nats-server of a', ['web']))).toHaveLength(1)
  expect(told(failure('node', 'a'), failure('node', 'b'), failure('nats', 'tls://one:4222', ['web'], false))).toEqual([
    'the loss of tls://one:4222 would stop web: no quorum would be left',
  ])
})

it('a node that is alone is no news', () => {
  expect(told(failure('node', 'a', ['web'], false))).toEqual([])
})
