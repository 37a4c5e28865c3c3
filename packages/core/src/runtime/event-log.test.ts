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

it('warns of a plane that is lost, and not of one that is back', () => {
  const lines: string[] = []
  const at =
    (level: string) =>
    (event: string, fields?: Readonly<Record<string, unknown>>): void =>
      void lines.push(`${level} ${event} ${JSON.stringify(fields)}`)
  const log = createEventLog('a', { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') })
  const plane = { type: 'plane', plane: 'back', node: 'b' } as const
  log.add({ ...plane, state: 'lost', why: 'heard over other planes only' })
  log.add({ ...plane, state: 'back', why: 'heard there again' })
  expect(lines).toEqual([
    'warn plane {"member":"b","plane":"back","state":"lost","why":"heard over other planes only"}',
    'info plane {"member":"b","plane":"back","state":"back","why":"heard there again"}',
  ])
})

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const quorum = { type: 'quorum', state: 'reached', why: 'a test' } as const

it('hands out what came after the first so many, and counts what it has forgotten', () => {
  const log = createEventLog('a', silent)
  for (let count = 0; count < 1100; count += 1) log.add(quorum)
  expect(log.count).toBe(1100)
  expect(log.last(5000, 1098)).toHaveLength(2)
  expect(log.last(1, 1098)).toHaveLength(1)
  expect(log.last(5000, 1100)).toEqual([])
  expect(log.last(5000, 5)).toHaveLength(1000)
})

it('wakes who waits for more with the next event, and after its time without one', async () => {
  const log = createEventLog('a', silent)
  let woken = false
  const wait = log.more(0, 60_000).then(() => (woken = true))
  await Promise.resolve()
  expect(woken).toBe(false)
  log.add(quorum)
  await wait
  await log.more(0, 60_000)
  await log.more(1, 1)
  expect(log.count).toBe(1)
})
