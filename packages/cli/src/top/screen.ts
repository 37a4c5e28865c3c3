import type { ReadStream, WriteStream } from 'node:tty'
import type { Size } from '../views/top.ts'

const enter = '\u001B[?1049h\u001B[?25l'
const leave = '\u001B[?25h\u001B[?1049l'

/** A terminal of which we have all the room for a while. */
export interface Screen {
  readonly size: Size
  draw(lines: readonly string[]): void
  /** Rejects never: resolves when somebody wants to leave, by `q`, Ctrl-C or a signal. */
  readonly left: Promise<void>
  /** Gives the terminal back as it was. */
  close(): void
}

/** Takes the terminal over. It is given back when this process ends, whatever ends it but SIGKILL. */
export function openScreen(input: ReadStream, output: WriteStream, onResize: () => void): Screen {
  const { promise: left, resolve: leaveNow } = Promise.withResolvers<void>()
  const onKey = (key: Buffer): void => {
    if (['q', 'Q', '\u0003'].includes(key.toString('latin1'))) leaveNow()
  }
  let isOpen = true
  const close = (): void => {
    if (!isOpen) return
    isOpen = false
    output.off('resize', onResize)
    if (input.isTTY) input.setRawMode(false).off('data', onKey).pause()
    output.write(leave)
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.once(signal, leaveNow)
  process.once('exit', close)
  // Whoever looked has closed the terminal.
  output.on('error', leaveNow)
  output.write(enter)
  output.on('resize', onResize)
  if (input.isTTY) input.setRawMode(true).on('data', onKey).resume()
  return {
    get size() {
      // A terminal that was never told its size says 0.
      return { columns: output.columns || 80, rows: output.rows || 24 }
    },
    draw(lines) {
      if (isOpen) output.write(`\u001B[H${lines.map((line) => `${line}\u001B[0m\u001B[K`).join('\r\n')}\u001B[J`)
    },
    left,
    close,
  }
}
