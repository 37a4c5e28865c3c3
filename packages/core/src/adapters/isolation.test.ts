import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Message } from '../model/index.ts'
import { isolable } from './isolation.ts'

const message: Message = { type: 'timeout-now', from: 'a', incarnation: { dataId: 'x', generation: 1 }, to: 'b', term: 1 }

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function world() {
  const sent: Message[] = []
  const heard: Message[] = []
  const said: string[] = []
  let receive: (message: Message) => void = () => undefined
  const say = (event: string): void => void said.push(event)
  const isolation = isolable(
    { send: (_to, each) => void sent.push(each), onMessage: (receiver) => void (receive = receiver) },
    { debug: say, info: say, warn: say, error: say },
  )
  isolation.onMessage((each) => void heard.push(each))
  return {
    isolation,
    said,
    talk: () => {
      isolation.send('all', message)
      receive(message)
    },
    counts: () => [sent.length, heard.length],
  }
}

it('a node that is cut off neither sends nor hears, and heals by itself', () => {
  const { isolation, talk, counts, said } = world()
  talk()
  isolation.isolate(50)
  talk()
  expect(counts()).toEqual([1, 1])
  vi.advanceTimersByTime(50)
  expect(said).toEqual(['isolated', 'isolation-ended'])
  talk()
  expect(counts()).toEqual([2, 2])
})

it('a node that is cut off again stays so for the later time', () => {
  const { isolation, talk, counts, said } = world()
  isolation.isolate(1)
  isolation.isolate(60_000)
  vi.advanceTimersByTime(59_999)
  talk()
  expect([counts(), said]).toEqual([
    [0, 0],
    ['isolated', 'isolated'],
  ])
})
