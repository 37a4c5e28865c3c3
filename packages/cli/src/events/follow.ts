import { setTimeout as sleep } from 'node:timers/promises'
import type { Client, EventRecord } from '@movip/core/client'

import type { Happenings } from './timeline.ts'

type Source = Pick<Client, 'events' | 'moves'>

/** So long one question waits for an event of the node; an order of an operator may be none. */
const waitMs = 5000
/** So often a daemon that does not answer is asked again. */
const againMs = 1000
const limit = 1000

/** Where a look at moves and events has ended. */
export interface Place {
  /** Events there were in that life of the daemon. */
  readonly last: number
  readonly epoch: number
  /** Index of the latest order. */
  readonly order: number
  /** Index of the latest incident. */
  readonly incident: number
  /** When the latest event that was seen happened, ISO 8601. */
  readonly at: string
}

/** Moves, orders, incidents and events up to now, and where they end. */
export async function look(client: Source): Promise<Happenings & { readonly place: Place }> {
  const [{ events, last }, { moves, orders = [], incidents = [] }] = await Promise.all([client.events(limit), client.moves()])
  const told = { moves, orders, incidents }
  return { ...told, events, place: { last, ...entriesUpTo(told, noEntries), at: events.at(-1)?.at ?? '' } }
}

/**
 * Whatever comes after that place, until nobody asks any more. A daemon that goes away is waited for: it is told once, and where it comes
 * back with another life only what is newer than the latest that was seen is taken from it.
 */
export async function* follow(client: Source, from: Place, onSilence: (why: string) => void): AsyncGenerator<Happenings> {
  let place = from
  let isSilent = false
  for (;;) {
    try {
      const { events, last } = await client.events(limit, { last: place.last, waitMs })
      const { moves, orders = [], incidents = [] } = await client.moves()
      const news = {
        moves: moves.filter(({ epoch }) => epoch > place.epoch),
        orders: orders.filter(({ index }) => index > place.order),
        incidents: incidents.filter(({ index }) => index > place.incident),
        events: events.filter((record) => !(isSilent && isOfBefore(record, place)) && !isOldMove(record, place)),
      }
      isSilent = false
      place = { last, ...entriesUpTo({ moves, orders, incidents }, place), at: events.at(-1)?.at ?? place.at }
      yield news
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'ClientError') throw error
      if (!isSilent) onSilence(error.message)
      isSilent = true
      place = { ...place, last: 0 }
      await sleep(againMs)
    }
  }
}

const noEntries = { epoch: 0, order: 0, incident: 0 }

function entriesUpTo({ moves, orders, incidents }: Omit<Happenings, 'events'>, before: typeof noEntries): typeof noEntries {
  return {
    epoch: moves.at(-1)?.epoch ?? before.epoch,
    order: orders.at(-1)?.index ?? before.order,
    incident: incidents.at(-1)?.index ?? before.incident,
  }
}

/** A daemon that starts learns anew how moves ended, too. */
function isOfBefore({ at, event }: EventRecord, place: Place): boolean {
  return at <= place.at || event.type === 'moved'
}

/** A daemon that starts learns anew of all that was decided before. */
function isOldMove({ event }: EventRecord, { epoch }: Place): boolean {
  return event.type === 'assigned' && Number(event['epoch']) <= epoch
}
