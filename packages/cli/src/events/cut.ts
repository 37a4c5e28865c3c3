import type { Place } from './follow.ts'
import type { Happenings, Wanted } from './timeline.ts'

/** What was asked for and is not shown. */
export interface Cut {
  /** So many older entries were left out for the sake of the limit. */
  readonly leftOut: number
  /** Since when the daemon remembers its events, where it has forgotten some that were asked for, ISO 8601; null: none. */
  readonly eventsFrom: string | null
}

interface Found extends Pick<Happenings, 'events'> {
  readonly place: Place
  /** How many entries were asked for and found. */
  readonly count: number
  readonly limit: number
}

/** How far a list falls short of what was asked for. */
export function cutOf({ events, place, count, limit }: Found, { since }: Wanted): Cut {
  const [first] = events
  const isForgotten = first !== undefined && place.last > events.length && since !== null && since < Date.parse(first.at)
  return { leftOut: Math.max(0, count - limit), eventsFrom: isForgotten ? first.at : null }
}

/** The same as people read it. */
export function cutLines({ leftOut, eventsFrom }: Cut, limit: number): readonly string[] {
  return [
    ...(leftOut === 0 ? [] : [`these are the newest ${limit}; --limit ${limit + leftOut} shows ${leftOut} more`]),
    ...(eventsFrom === null ? [] : [`of its own events this node remembers only those since ${eventsFrom}; its log has the older ones`]),
  ]
}
