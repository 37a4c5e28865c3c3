/** The live picture of the demo as lines of text. Pure. */
import type { StatusAnswer } from '@movip/core/client'
import type { ClientRecord } from '../analysis/record.ts'

export interface NodeLine {
  readonly name: string
  /** null: it does not answer at present. */
  readonly status: StatusAnswer | null
}

/** What one scenario cost, once it is over. */
export interface ResultLine {
  readonly title: string
  readonly lostMs: number
  readonly dualHolderMs: number
  readonly from: string
  readonly to: string
}

export interface PictureInput {
  readonly vip: string
  readonly group: string
  readonly now: number
  readonly nodes: readonly NodeLine[]
  readonly record: ClientRecord
  /** What is being done, and for how long already. */
  readonly doing: { readonly text: string; readonly sinceMs: number }
  readonly results: readonly ResultLine[]
  readonly colour: boolean
}

/** One cell of the strip of answers. */
const CELL_MS = 50
const CELLS = 64
const COLOURS = [36, 33, 35, 34, 32]
const RED = 31
const DIM = 2
const BOLD = 1

export function picture(input: PictureInput): readonly string[] {
  const { vip, nodes, doing, results } = input
  const paint = painter(input.colour)
  return [
    paint(BOLD, `movip: ${nodes.length} nodes, one address ${vip}, a client that asks every 2 ms`),
    '',
    ...nodes.map((node, i) =>
      nodeLine(
        node,
        input.group,
        (text) => paint(COLOURS[i % COLOURS.length] ?? 0, text),
        (text) => paint(DIM, text),
      ),
    ),
    '',
    `  client ${strip(input, paint)}`,
    paint(DIM, `         each cell ${CELL_MS} ms: the number of the node that answered, · where an answer was missing`),
    '',
    `  ${paint(BOLD, doing.text)}  ${(doing.sinceMs / 1000).toFixed(1)} s`,
    '',
    ...(results.length === 0 ? [] : resultLines(results, paint)),
  ]
}

type Paint = (code: number, text: string) => string

function painter(colour: boolean): Paint {
  return (code, text) => (colour ? `\u001B[${code}m${text}\u001B[0m` : text)
}

function nodeLine({ name, status }: NodeLine, group: string, paint: (text: string) => string, dim: (text: string) => string): string {
  if (status === null) return `  ${name}  ${dim('✗ does not answer')}`
  const { engine } = status
  const held = engine.groups.find(({ id }) => id === group)
  const isHolder = held?.holder === name && held.leaseMs !== null
  const role = isHolder ? paint(`● ${held.state ?? 'assigned'}`) : dim('○ standby')
  const lease = isHolder ? `lease ${Math.round(held.leaseMs ?? 0)} ms, epoch ${held.epoch}` : ''
  const marks = [engine.role === 'coordinator' ? 'coordinator' : '', engine.quorum ? '' : 'no quorum'].filter((mark) => mark !== '')
  return `  ${name}  ${role}  ${lease}${marks.length > 0 ? `  ${dim(`(${marks.join(', ')})`)}` : ''}`
}

/** Who answered in each cell; the newest on the right. */
function strip({ record, now, nodes }: PictureInput, paint: Paint): string {
  const from = now - CELLS * CELL_MS
  const names = nodes.map(({ name }) => name)
  const answers: Set<string>[] = Array.from({ length: CELLS }, () => new Set())
  for (const { receivedAt, by } of record.answers) {
    answers[Math.floor((receivedAt - from) / CELL_MS)]?.add(by)
  }
  return answers
    .map((by) => {
      const last = [...by].at(-1)
      if (last === undefined) return paint(RED, '·')
      const index = names.indexOf(last)
      return paint(COLOURS[index % COLOURS.length] ?? 0, String(index + 1))
    })
    .join('')
}

function resultLines(results: readonly ResultLine[], paint: Paint): readonly string[] {
  const width = Math.max(...results.map(({ title }) => title.length), 20)
  return [
    paint(DIM, `  ${'what was done'.padEnd(width)}  client lost  two holders  moved`),
    ...results.map(({ title, lostMs, dualHolderMs, from, to }) => {
      const two = dualHolderMs === 0 ? '0 ms' : paint(RED, `${dualHolderMs.toFixed(0)} ms`)
      return `  ${title.padEnd(width)}  ${`${lostMs.toFixed(0)} ms`.padStart(11)}  ${two.padStart(11)}  ${from === to ? `stayed on ${to}` : `${from} → ${to}`}`
    }),
    '',
  ]
}
