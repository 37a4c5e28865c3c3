import type { EventRecord, MovesAnswer, OrderRecord } from '@movip/core/client'
import { CommandError, exitCodes } from '../failure.ts'

/** A move of a group: the same on every node. */
export interface MoveEntry {
  readonly kind: 'move'
  /** Wall clock of the coordinator that decided, ISO 8601. */
  readonly at: string
  readonly group: string
  readonly from: string | null
  readonly to: string | null
  readonly epoch: number
  readonly cause: string
  readonly phases?: NonNullable<MovesAnswer['moves'][number]['phases']>
  /** Why its new holder could not bring it up. */
  readonly failed?: string
}

/** What one node went through itself. */
export interface EventEntry extends EventRecord {
  readonly kind: 'event'
}

/** What an operator had done: the same on every node. */
export interface OrderEntry extends OrderRecord {
  readonly kind: 'order'
}

export type Entry = MoveEntry | OrderEntry | EventEntry

/** What a timeline is made of. */
export interface Happenings {
  readonly moves: MovesAnswer['moves']
  readonly orders: readonly OrderRecord[]
  readonly events: readonly EventRecord[]
}

/** Which entries are asked for. */
export interface Wanted {
  /** Not before this moment, ms since 1970. */
  readonly since: number | null
  readonly group: string | null
  readonly node: string | null
}

/** By these a node learns of a move, and of its end. */
const ofMoves: ReadonlySet<string> = new Set(['assigned', 'moved'])

/**
 * The moves of the whole cluster, what its operators had done, and the events of one node in the order of their times. That a node learnt of
 * a move is left out where the move itself is known.
 */
export function timelineOf({ moves, orders, events }: Happenings, wanted: Wanted): readonly Entry[] {
  const known = new Set<unknown>(moves.map(({ epoch }) => epoch))
  const entries: Entry[] = [
    ...moves.map(({ at, ...move }): MoveEntry => ({ kind: 'move', at: new Date(at).toISOString(), ...move })),
    ...orders.map((order): OrderEntry => ({ kind: 'order', ...order })),
    ...events
      .filter(({ event }) => !ofMoves.has(event.type) || !known.has(event['epoch']))
      .map((record): EventEntry => ({ kind: 'event', ...record })),
  ]
  return entries.filter((entry) => isWanted(entry, wanted)).toSorted((a, b) => timeOf(a) - timeOf(b))
}

function timeOf({ at }: Entry): number {
  return Date.parse(at)
}

function isWanted(entry: Entry, { since, group, node }: Wanted): boolean {
  if (since !== null && timeOf(entry) < since) return false
  if (entry.kind === 'move') return (group === null || entry.group === group) && (node === null || [entry.from, entry.to].includes(node))
  if (entry.kind === 'order') return concerns(entry, group) && (node === null || entry.nodes.includes(node))
  return (group === null || entry.event['group'] === group) && (node === null || entry.node === node || entry.event['node'] === node)
}

/** Who pauses everything pauses each group. */
function concerns({ action, group: named }: OrderEntry, group: string | null): boolean {
  return group === null || named === group || (named === null && (action === 'pause' || action === 'unpause'))
}

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** A date, or a moment with or without its zone, as ISO 8601 writes them. */
const moments = /^(\d{4}-\d{2}-\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})?)?$/

/** `10m`, or a moment such as `2026-01-31T12:00`. */
export function sinceOf(text: string, now: number): number {
  const [, digits, unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? []
  const moment = digits === undefined ? momentOf(text) : now - Number(digits) * (unitMs[unit] ?? 0)
  if (!Number.isNaN(moment)) return moment
  throw new CommandError({
    exitCode: exitCodes.usage,
    code: 'USAGE',
    message: `--since ${text} is neither a span of time nor a moment`,
    fix: 'write for example --since 10m, --since 2h or --since 2026-01-31T12:00',
  })
}

/** By itself the platform takes `10` for a month, and the 31st of February for a day in March. */
function momentOf(text: string): number {
  const [, day] = moments.exec(text) ?? []
  if (day === undefined || Number.isNaN(Date.parse(day)) || !new Date(day).toISOString().startsWith(day)) return Number.NaN
  return Date.parse(text)
}
