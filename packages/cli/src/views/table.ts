import { styleText, stripVTControlCharacters } from 'node:util'

export type Colour = 'red' | 'green' | 'yellow' | 'dim' | 'bold'

/** Colours text where standard output is a terminal that wants it (NO_COLOR and FORCE_COLOR are respected). */
export function paint(colour: Colour, text: string): string {
  return styleText(colour, text, { stream: process.stdout })
}

/** Lines of columns as wide as their widest cell. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const lines = [head.map((cell) => paint('dim', cell)), ...rows]
  const widths = head.map((_, column) => Math.max(...lines.map((line) => width(line[column] ?? ''))))
  return lines.map((line) =>
    line
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - width(cell)))
      .join('  ')
      .trimEnd(),
  )
}

function width(text: string): number {
  return stripVTControlCharacters(text).length
}

/** A span of time as people say it: 12 ms, 3.4 s, 5 min, 2 h, 3 d. */
export function span(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`
  if (ms < 172_800_000) return `${Math.round(ms / 3_600_000)} h`
  return `${Math.round(ms / 86_400_000)} d`
}
