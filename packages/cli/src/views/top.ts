import { stripVTControlCharacters } from 'node:util'
import type { Entry } from '../events/timeline.ts'
import { eventLines } from './events.ts'
import { statusView } from './status.ts'
import type { StatusResult } from './status.ts'
import { paint } from './table.ts'

/** How much room a terminal has. */
export interface Size {
  readonly columns: number
  readonly rows: number
}

/** The status, and the latest of what happened, oldest first. */
export interface TopResult extends StatusResult {
  readonly latest: readonly Entry[]
}

/** So large a part of the room is left to events, however long the status is. */
const eventsPart = 1 / 3

/** The whole picture, for a place without end. */
export function topView(result: TopResult, now: number): string[] {
  const { groups, ...engine } = result.engine
  const picture = { ...result, engine: { ...engine, groups: groups.toSorted((a, b) => needOf(a) - needOf(b)) } }
  return [...statusView(picture, now), '', paint('dim', 'LATEST (UTC)'), ...eventLines(result.latest, 'time')]
}

/** What needs a look comes first: a long list is cut off at its end. */
function needOf({ holder, state }: StatusResult['engine']['groups'][number]): number {
  return holder === null ? 0 : state === 'active' ? 2 : 1
}

/** The picture as it fits on a terminal; `note` stands on the last line. */
export function fitted(result: TopResult, now: number, { columns, rows }: Size, note: string): string[] {
  const all = topView(result, now)
  const head = all.slice(0, all.length - result.latest.length - 2)
  const events = all.slice(head.length, head.length + 2).concat(all.slice(head.length + 2).toReversed())
  const room = Math.max(1, rows - 1)
  const eventRoom = Math.min(events.length, Math.max(Math.floor(room * eventsPart), room - head.length))
  const headRoom = Math.max(1, room - eventRoom)
  const shown =
    head.length <= headRoom ? head : [...head.slice(0, headRoom - 1), paint('dim', `${head.length - headRoom + 1} more: movip status`)]
  const lines = [...shown, ...events.slice(0, eventRoom)].slice(0, room)
  return [...lines.map((line) => cut(line, columns)), cut(paint('dim', note), columns)]
}

/** Begins a control sequence, which takes no room. */
const escape = '\u001B'

/** The beginning of a line, with its colours ended. */
export function cut(line: string, columns: number): string {
  if (stripVTControlCharacters(line).length <= columns) return line
  let left = columns - 1
  const taken = (text: string): string => {
    const piece = text.slice(0, left)
    left -= piece.length
    return piece
  }
  const [plain = '', ...coloured] = line.split(escape)
  const kept = [taken(plain)]
  for (const part of coloured) {
    const [colour = ''] = /^\[[\d;]*m/.exec(part) ?? []
    kept.push(`${escape}${colour}${taken(part.slice(colour.length))}`)
  }
  return `${kept.join('')}…`
}
