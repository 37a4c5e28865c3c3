import type { EventRecord, KnownIncident, MovesAnswer, OrderRecord } from '@movip/core/client'
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

/** What a holder found of an endpoint: the same on every node. */
export interface IncidentEntry extends KnownIncident {
  readonly kind: 'incident'
}

export type Entry = MoveEntry | OrderEntry | IncidentEntry | EventEntry

/** What a timeline is made of. */
export interface Happenings {
  readonly moves: MovesAnswer['moves']
  readonly orders: readonly OrderRecord[]
  readonly incidents: readonly KnownIncident[]
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
const ofMoves: ReadonlySet<string> = new Set(['assigned', 'moved', 'followed'])

/**
 * The moves of the whole cluster, what its operators had done and its holders found, and the events of one node in the order of their times. That a node learnt of
 * a move is left out where the move itself is known.
 */
export function timelineOf({ moves, orders, incidents, events }: Happenings, wanted: Wanted): readonly Entry[] {
  const known = new Set<unknown>(moves.map(({ epoch }) => epoch))
  const entries: Entry[] = [
    ...moves.map(({ at, ...move }): MoveEntry => ({ kind: 'move', at: new Date(at).toISOString(), ...move })),
    ...orders.map((order): OrderEntry => ({ kind: 'order', ...order })),
    ...incidents.map((incident): IncidentEntry => ({ kind: 'incident', ...incident })),
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
  if (node !== null && !nodesOf(entry).includes(node)) return false
  if (group === null) return true
  return entry.kind === 'order' ? concerns(entry, group) : groupOf(entry) === group
}

function nodesOf(entry: Entry): readonly unknown[] {
  if (entry.kind === 'move') return [entry.from, entry.to]
  if (entry.kind === 'order') return entry.nodes
  return entry.kind === 'incident' ? [entry.node] : [entry.node, entry.event['node']]
}

function groupOf(entry: Exclude<Entry, OrderEntry>): unknown {
  return entry.kind === 'event' ? entry.event['group'] : entry.group
}

/** Who pauses everything pauses each group. */
function concerns({ action, group: named }: OrderEntry, group: string): boolean {
  return named === group || (named === null && (action === 'pause' || action === 'unpause'))
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
