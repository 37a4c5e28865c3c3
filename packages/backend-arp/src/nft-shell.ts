import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { KernelError } from './driver.ts'

const ANSWER_MS = 1000

interface Waiting {
  readonly marker: string
  readonly lines: string[]
  readonly resolve: (output: string) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

/**
 * A long-lived `nft -i`, because starting `nft` costs 16 ms. One line is one transaction. nft says nothing when a line is
 * done, so each line is followed by a word that it does not know: the complaint about that word ends the answer.
 */
export class NftShell {
  #child: ChildProcessWithoutNullStreams | null = null
  #count = 0
  #rest = ''
  #waiting: Waiting[] = []

  /** Runs one line; rejects with nft's complaint. */
  async run(line: string): Promise<string> {
    const child = (this.#child ??= this.#start())
    const marker = `movipend ${(this.#count += 1)}`
    const output = await new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => this.#fail(child, 'nft does not answer'), ANSWER_MS)
      this.#waiting.push({ marker, lines: [], resolve, reject, timer })
      child.stdin.write(`${line}\n${marker}\n`)
    })
    const complaint = output.split('\n').find((text) => text.includes('Error: '))
    if (complaint !== undefined) throw new KernelError(`nft: ${complaint}`, complaint.includes('No such file') ? 2 : 0)
    return output
  }

  close(): void {
    this.#child?.stdin.end()
    this.#child = null
  }

  #start(): ChildProcessWithoutNullStreams {
    // One pipe for both outputs keeps them in order.
    const child = spawn('sh', ['-c', 'exec nft -i 2>&1'], { stdio: 'pipe', env: { ...process.env, LC_ALL: 'C' } })
    child.stdout.on('data', (chunk: Buffer) => this.#read(chunk.toString()))
    child.stdin.on('error', () => undefined)
    child.on('error', () => this.#fail(child, 'nft could not be started'))
    child.on('exit', () => this.#fail(child, 'nft has ended'))
    return child
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) {
      const first = this.#waiting[0]
      if (first === undefined) continue
      if (!line.endsWith(first.marker)) first.lines.push(line)
      else {
        this.#waiting.shift()
        clearTimeout(first.timer)
        // The last line is the complaint about the marker; carets point into the line before.
        first.resolve(
          first.lines
            .slice(0, -1)
            .filter((text_) => !/^\s*[\^~ ]*$/.test(text_))
            .join('\n'),
        )
      }
    }
  }

  #fail(child: ChildProcessWithoutNullStreams, why: string): void {
    if (this.#child === child) this.#child = null
    child.kill('SIGKILL')
    this.#rest = ''
    const waiting = this.#waiting
    this.#waiting = []
    for (const { reject, timer } of waiting) {
      clearTimeout(timer)
      reject(new KernelError(why, 0))
    }
  }
}
