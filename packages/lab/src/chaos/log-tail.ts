/** The logs of all daemons as they are written, in one line of time, the oldest forgotten. */
import { closeSync, openSync, readSync } from 'node:fs'
import type { Daemon } from '../cluster/daemon.ts'

export interface LogLine {
  /** CLOCK_MONOTONIC of the lab, ms. */
  readonly at: number
  readonly node: string
  readonly event: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** A line whose own time is further from that of its reading was written by a wall clock that lies. */
const TRUSTED_MS = 2000
const CHUNK_BYTES = 1 << 16

export class LogTail {
  private readonly sources: { readonly daemon: Pick<Daemon, 'name' | 'logFile'>; position: number; rest: Buffer }[]
  private lines: LogLine[] = []
  private readonly chunk = Buffer.alloc(CHUNK_BYTES)

  constructor(daemons: readonly Pick<Daemon, 'name' | 'logFile'>[]) {
    this.sources = daemons.map((daemon) => ({ daemon, position: 0, rest: Buffer.alloc(0) }))
  }

  /** Reads what is new and returns it. */
  poll(now: number): readonly LogLine[] {
    const fresh = this.sources.flatMap((source) => this.read(source).map((text) => lineOf(text, source.daemon.name, now)))
    this.lines.push(...fresh)
    return fresh
  }

  between(from: number, to: number): readonly LogLine[] {
    return this.lines.filter(({ at }) => at >= from && at <= to).toSorted((a, b) => a.at - b.at)
  }

  forget(before: number): void {
    this.lines = this.lines.filter(({ at }) => at >= before)
  }

  private read(source: (typeof this.sources)[number]): readonly string[] {
    const file = openSync(source.daemon.logFile, 'r')
    try {
      for (;;) {
        const size = readSync(file, this.chunk, 0, CHUNK_BYTES, source.position)
        source.position += size
        source.rest = Buffer.concat([source.rest, this.chunk.subarray(0, size)])
        if (size < CHUNK_BYTES) break
      }
    } finally {
      closeSync(file)
    }
    const end = source.rest.lastIndexOf(10) + 1
    const text = source.rest.toString('utf8', 0, end)
    source.rest = source.rest.subarray(end)
    return text.split('\n').filter((line) => line !== '')
  }
}

/** What is not a line of the logger's, such as the last words of a process, is kept as it is. */
function lineOf(text: string, node: string, now: number): LogLine {
  const parsed = parse(text)
  if (parsed === null) return { at: now, node, event: 'said', fields: { text } }
  const { event, time, level: _level, node: _node, ...fields } = parsed
  const written = Date.parse(String(time)) - Date.now() + now
  return { at: Math.abs(written - now) < TRUSTED_MS ? written : now, node, event: String(event), fields }
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}

/** One line for people. */
export function tell({ at, node, event, fields }: LogLine, zero: number): string {
  return `${((at - zero) / 1000).toFixed(3)} ${node} ${event} ${JSON.stringify(fields)}`.slice(0, 260)
}
