import { spawn } from 'node:child_process'
import { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { BackendError } from '../backend.ts'

/** How a program ended. */
export interface Outcome {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  /** What it complained about, or else said last, in one line. */
  readonly words: string
}

export interface ProgramOptions {
  readonly argv: readonly string[]
  readonly signal: AbortSignal
  readonly env?: Readonly<Record<string, string>>
  /** What it reads from its standard input; absent: nothing. */
  readonly input?: string
  /** It goes on when this call has ended: what it leaves behind is the service. */
  readonly leaves?: boolean
}

const outputMax = 64 * 1024
/** The daemon may run under SCHED_RR, which children inherit: a service must not. */
const plainly = ['chrt', '--other', '0']

/**
 * Runs a program to its end in a process group of its own, which is killed at the abort. Throws `BackendError` where it cannot be started.
 * A program that leaves a service behind may keep its output open: its own end is what counts.
 */
export function runProgram({ argv, signal, env = {}, input, leaves = false }: ProgramOptions): Promise<Outcome> {
  const [name = ''] = argv
  return new Promise((resolve, reject) => {
    const child = spawn(plainly[0] ?? '', [...plainly.slice(1), ...argv], {
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    })
    // Who does not want to hear it closes its end.
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
    const heard = { stdout: '', stderr: '' }
    const listen = (stream: 'stdout' | 'stderr'): void => {
      child[stream].setEncoding('utf8')
      child[stream].on('data', (text: string) => (heard[stream] = (heard[stream] + text).slice(-outputMax)))
    }
    listen('stdout')
    listen('stderr')
    const kill = (): void => killGroup(child.pid)
    signal.addEventListener('abort', kill, { once: true })
    const end = (code: number | null, by: NodeJS.Signals | null): void => {
      signal.removeEventListener('abort', kill)
      if (leaves) for (const stream of [child.stdout, child.stderr]) drain(stream)
      const said = lastLine(heard.stderr) || lastLine(heard.stdout)
      if (code === 127 || code === 126) reject(notRunnable(name, said))
      else resolve({ code, signal: by, stdout: heard.stdout, words: said || (by === null ? `exit code ${code}` : `ended by ${by}`) })
    }
    child.once('error', (error) => reject(notRunnable(name, error.message)))
    child.once(leaves ? 'exit' : 'close', end)
    if (signal.aborted) kill()
  })
}

/** What was left behind may go on writing: it would end by SIGPIPE if nobody read any more. */
function drain(stream: Readable): void {
  stream.removeAllListeners('data').resume()
  if (stream instanceof Socket) stream.unref()
}

/** Ends a whole process group; that there is none any more is what is wanted. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

function notRunnable(name: string, why: string): BackendError {
  return new BackendError('INVALID', `${name} cannot be run: ${why}`, `install ${name} here, or correct its path and mode`)
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.slice(0, 500) ?? ''
}
