import { expect, it } from 'vitest'
import { ClientError } from '@movip/core/client'
import type { Client, EventRecord, EventsAnswer, MovesAnswer, OrderRecord } from '@movip/core/client'
import { follow, look } from './follow.ts'

const event = (index: number): EventRecord => ({ at: new Date(index).toISOString(), node: 'b', event: { type: `e${index}` } })
const move = (epoch: number): MovesAnswer['moves'][number] => ({ group: 'web', from: null, to: 'a', epoch, cause: '', at: epoch })

/** A daemon that answers question after question as told; null: it is not there. */
function daemon(answers: (readonly [EventsAnswer['events'], number, ...MovesAnswer['moves']] | null)[]): {
  client: Pick<Client, 'events' | 'moves'>
  asked: (number | undefined)[]
} {
  const asked: (number | undefined)[] = []
  let moves: MovesAnswer['moves'] = []
  const client = {
    events: (_limit: number, after?: { readonly last: number }) => {
      asked.push(after?.last)
      const [answer] = answers.splice(0, 1)
      if (answer === null || answer === undefined) return Promise.reject(new ClientError('NO_DAEMON', 'no daemon on this node', 'start it'))
      const [events, last, ...made] = answer
      moves = made
      return Promise.resolve({ schemaVersion: 1, events, last } as const)
    },
    moves: () => Promise.resolve({ schemaVersion: 1, moves } as const),
  }
  return { client, asked }
}

it('goes on from where the look ended, and hands out nothing twice', async () => {
  const { client, asked } = daemon([
    [[event(1)], 1, move(5)],
    [[event(2)], 2, move(5), move(6)],
    [[], 2, move(5), move(6)],
  ])
  const { moves, events, place } = await look(client)
  expect([moves, events]).toEqual([[move(5)], [event(1)]])
  const news = follow(client, place, () => undefined)
  expect((await news.next()).value).toEqual({ moves: [move(6)], orders: [], incidents: [], events: [event(2)] })
  expect((await news.next()).value).toEqual({ moves: [], orders: [], incidents: [], events: [] })
  expect(asked).toEqual([undefined, 1, 2])
})

it('hands out each order of an operator once, also where it comes with no event', async () => {
  const order = (index: number): OrderRecord => ({
    index,
    action: 'pause',
    nodes: [],
    group: null,
    at: '2026-01-01T00:00:00Z',
    by: 'ann at a',
    what: 'pause everything',
  })
  let orders = [order(3)]
  const client = {
    events: () => Promise.resolve({ schemaVersion: 1, events: [], last: 0 } as const),
    moves: () => Promise.resolve({ schemaVersion: 1, moves: [], orders } as const),
  }
  const { orders: first, place } = await look(client)
  expect(first).toEqual([order(3)])
  orders = [order(3), order(8)]
  const news = follow(client, place, () => undefined)
  expect((await news.next()).value).toEqual({ moves: [], orders: [order(8)], incidents: [], events: [] })
  expect((await news.next()).value).toEqual({ moves: [], orders: [], incidents: [], events: [] })
})

it('waits for a daemon that went away, says so once, and takes from its next life only what is new', async () => {
  const learnt = { ...event(4), event: { type: 'assigned', epoch: 5 } }
  const ended = { ...event(4), event: { type: 'moved', epoch: 5 } }
  const { client, asked } = daemon([[[event(3)], 3, move(5)], null, null, [[event(2), learnt, ended, event(4)], 4, move(5)]])
  const complaints: string[] = []
  const { place } = await look(client)
  const news = follow(client, place, (why) => complaints.push(why))
  expect((await news.next()).value).toEqual({ moves: [], orders: [], incidents: [], events: [event(4)] })
  expect(complaints).toEqual(['no daemon on this node'])
  expect(asked).toEqual([undefined, 3, 0, 0])
})
