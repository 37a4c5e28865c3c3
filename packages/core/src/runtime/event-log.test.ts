import { expect, it } from 'vitest'
import { createEventLog } from './event-log.ts'

it('leaves the field "node" of a line to the node that writes it, while the record of the event keeps its own', () => {
  const lines: [string, Readonly<Record<string, unknown>> | undefined][] = []
  const add = (event: string, fields?: Readonly<Record<string, unknown>>): void => void lines.push([event, fields])
  const log = createEventLog('a', { debug: add, info: add, warn: add, error: add })
  log.add({ type: 'assigned', group: 'web', node: 'b', previous: 'c', epoch: 7, cause: 'first' })
  log.add({ type: 'member', node: 'c', state: 'silent', why: 'not heard' })
  expect(lines).toEqual([
    ['assigned', { group: 'web', holder: 'b', previous: 'c', epoch: 7, cause: 'first' }],
    ['member', { member: 'c', state: 'silent', why: 'not heard' }],
  ])
  expect(log.last(2).map(({ node, event }) => [node, event])).toMatchObject([
    ['a', { node: 'b' }],
    ['a', { node: 'c' }],
  ])
})
