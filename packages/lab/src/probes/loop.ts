/**
 * What the measuring processes share: a blocking loop of system calls instead of Node's event loop, so that they are
 * punctual and cheap, and lines of JSON to the parent, written without ever waiting for it.
 */
import { nowMs, waitReadable, writeSome } from '../system/libc.ts'

const STDIN = 0
const STDOUT = 1
const FLUSH_MS = 10

/** Lines for the parent. */
export interface Outbox {
  put(line: readonly unknown[]): void
  flush(): void
}

export function createOutbox(): Outbox {
  let lines: string[] = []
  let rest = Buffer.alloc(0)
  let flushedAt = 0
  return {
    put(line) {
      lines.push(JSON.stringify(line))
    },
    flush() {
      if ((lines.length === 0 && rest.length === 0) || nowMs() - flushedAt < FLUSH_MS) return
      flushedAt = nowMs()
      if (lines.length > 0) rest = Buffer.concat([rest, Buffer.from(`${lines.join('\n')}\n`)])
      lines = []
      rest = rest.subarray(writeSome(STDOUT, rest))
    },
  }
}

/** Waits for input or a time; ends the process when the parent has closed its end, that is also when it died. */
export function waitOrEnd(fds: readonly number[], untilMs: number): readonly number[] {
  const ready = waitReadable([STDIN, ...fds], untilMs)
  if (ready.includes(STDIN)) process.exit(0)
  return ready
}

/** The one argument of a measuring process. */
export function argument<T>(): T {
  return JSON.parse(process.argv[2] ?? '') as T
}
