import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LogTail, tell } from './log-tail.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'movip-logs-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function source(name: string): { name: string; logFile: string } {
  const logFile = join(folder, name)
  writeFileSync(logFile, '')
  return { name, logFile }
}
const line = (event: string, agoMs = 0): string =>
  `${JSON.stringify({ level: 'info', time: new Date(Date.now() - agoMs).toISOString(), node: 'x', event, group: 'web' })}\n`

describe('the tail of the logs', () => {
  it('reads each line once, when it is whole', () => {
    const n1 = source('n1')
    const tail = new LogTail([n1])
    const text = line('dropped')
    appendFileSync(n1.logFile, text.slice(0, 20))
    expect(tail.poll(1000)).toEqual([])
    appendFileSync(n1.logFile, text.slice(20) + line('assigned'))
    expect(tail.poll(1000).map(({ node, event, fields }) => [node, event, fields])).toEqual([
      ['n1', 'dropped', { group: 'web' }],
      ['n1', 'assigned', { group: 'web' }],
    ])
    expect(tail.poll(1000)).toEqual([])
  })

  it('puts the lines of all nodes in one order, by when they were written', () => {
    const [n1, n2] = [source('n1'), source('n2')]
    const tail = new LogTail([n1, n2])
    appendFileSync(n1.logFile, line('second', 200))
    appendFileSync(n2.logFile, line('first', 500))
    tail.poll(5000)
    expect(tail.between(0, 10_000).map(({ event }) => event)).toEqual(['first', 'second'])
    tail.forget(4700)
    expect(tail.between(0, 10_000).map(({ event }) => event)).toEqual(['second'])
  })

  it('does not believe the time of a node whose wall clock lies', () => {
    const n1 = source('n1')
    const tail = new LogTail([n1])
    appendFileSync(n1.logFile, line('fit', 86_400_000))
    expect(tail.poll(5000).map(({ at }) => at)).toEqual([5000])
  })

  it('keeps what is no line of the logger', () => {
    const n1 = source('n1')
    const tail = new LogTail([n1])
    appendFileSync(n1.logFile, 'Segmentation fault\n')
    expect(tail.poll(5000).map((one) => tell(one, 4000))).toEqual(['1.000 n1 said {"text":"Segmentation fault"}'])
  })
})
