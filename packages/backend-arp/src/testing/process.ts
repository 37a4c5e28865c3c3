import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export type Line = Readonly<Record<string, unknown>>

/** A test program in a network namespace that speaks lines of JSON. */
export class TestProcess {
  readonly child: ChildProcessWithoutNullStreams
  readonly lines: Line[] = []
  readonly #waiters = new Set<() => void>()
  #errors = ''

  constructor(namespace: string, program: 'agent' | 'watcher', args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const file = fileURLToPath(new URL(`./${program}.ts`, import.meta.url))
    this.child = spawn('ip', ['netns', 'exec', namespace, process.execPath, file, ...args], { env: { ...process.env, ...env } })
    createInterface({ input: this.child.stdout }).on('line', (line) => {
      this.lines.push(JSON.parse(line) as Line)
      for (const waiter of this.#waiters) waiter()
    })
    this.child.stderr.on('data', (chunk: Buffer) => (this.#errors += chunk.toString()))
  }

  /** The first line from `from` on that fits; waits for it. */
  until(fits: (line: Line) => boolean, what: string, from = 0, withinMs = 30_000): Promise<Line> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = this.lines.slice(from).find(fits)
        if (found === undefined) return
        clearTimeout(timer)
        this.#waiters.delete(look)
        resolve(found)
      }
      const timer = setTimeout(() => {
        this.#waiters.delete(look)
        reject(new Error(`${what} did not happen. Errors: ${this.#errors} Lines: ${JSON.stringify(this.lines.slice(-12))}`))
      }, withinMs)
      this.#waiters.add(look)
      look()
    })
  }

  /** Tells an agent to do something and waits for its answer. */
  tell(command: string): Promise<Line> {
    const from = this.lines.length
    this.child.stdin.write(`${command}\n`)
    return this.until((line) => line['done'] === command, command, from)
  }

  end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return Promise.resolve()
    return new Promise((resolve) => {
      this.child.on('exit', () => resolve())
      this.child.kill('SIGKILL')
    })
  }
}
