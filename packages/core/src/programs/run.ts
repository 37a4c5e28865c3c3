import { spawn } from 'node:child_process'
import { Socket } from 'node:net'
import { getPriority } from 'node:os'
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
  /** `tied`: it ends with this process, even after kill -9. `leaves`: what it leaves behind goes on, and may keep its output open. */
  readonly life?: 'tied' | 'leaves'
}

/** What a program says beyond this is not kept: of its answer the first, of its complaints the last. */
const outputMax = 64 * 1024
/** A program that has ended may have left its output open to others. */
const outputMs = 100
/** Of the daemon's own environment no more than this is passed on: the rest may hold what is nobody else's business. */
const passedOn = /^(?:PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_\w+|TZ|TMPDIR)$/

/**
 * Runs a program to its end in a process group of its own, which is killed at the abort, and with none of this process's urgency. Throws
 * `BackendError` where it cannot be run.
 */
export async function runProgram({ argv, signal, env, input, life }: ProgramOptions): Promise<Outcome> {
  signal.throwIfAborted()
  const [launcher = '', ...args] = [...(life === 'tied' ? ['setpriv', '--pdeathsig', 'KILL'] : []), ...ordinarily(), ...argv]
  const child = spawn(launcher, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true, env: { ...environment(), ...env } })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', (error) => reject(new BackendError('FAILED', `${launcher} cannot be run: ${error.message}`, 'install util-linux')))
    if (life === 'leaves') child.once('exit', resolve)
    else child.once('close', resolve)
    child.once(
      'exit',
      () => void setTimeout(() => [child.stdout, child.stderr].forEach(life === 'leaves' ? drain : shut), outputMs).unref(),
    )
  })
  // Where the system has not even pipes to give, what comes next throws before anybody waits for this.
  ended.catch(() => undefined)
  // Who does not want to hear it closes its end.
  child.stdin.on('error', () => undefined).end(input)
  const heard = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (heard.stdout = (heard.stdout + text).slice(0, outputMax)))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (heard.stderr = (heard.stderr + text).slice(-outputMax)))
  for (const stream of [child.stdout, child.stderr]) stream.on('error', () => undefined)
  const kill = (): void => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) killGroup(child.pid)
  }
  signal.addEventListener('abort', kill, { once: true })
  try {
    const code = await ended
    refuseUnrunnable(argv[0] ?? '', code, heard.stderr)
    return { code, signal: child.signalCode, stdout: heard.stdout, words: wordsOf(heard, code, child.signalCode) }
  } finally {
    signal.removeEventListener('abort', kill)
  }
}

/** The daemon may run under SCHED_RR and a negative niceness, which children inherit: what it runs must not compete with beats. */
function ordinarily(): readonly string[] {
  const priority = getPriority()
  return ['chrt', '--other', '0', ...(priority < 0 ? ['nice', '-n', String(-priority)] : [])]
}

function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => passedOn.test(name)))
}

function wordsOf({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }, code: number | null, by: string | null): string {
  return lastLine(stderr) || lastLine(stdout) || (by === null ? `exit code ${code}` : `ended by ${by}`)
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.slice(0, 500) ?? ''
}

/** What was left behind may go on writing: it would end by SIGPIPE if nobody read any more. */
function drain(stream: Readable): void {
  stream.removeAllListeners('data').resume()
  if (stream instanceof Socket) stream.unref()
}

function shut(stream: Readable): void {
  stream.destroy()
}

/** Ends a whole process group; that there is none any more is what is wanted. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** Whoever was to put the program in its own place says that it could not. */
function refuseUnrunnable(program: string, code: number | null, stderr: string): void {
  const [, why] = /^(?:chrt|nice): (?:failed to execute )?[^:]*: (.+)$/m.exec(stderr) ?? []
  if ((code !== 126 && code !== 127) || why === undefined) return
  const problem = why.startsWith('No such file') ? `there is no ${program} on this machine` : `${program} cannot be run: ${why}`
  throw new BackendError('INVALID', problem, `install ${program} here, or correct its path and mode`)
}
