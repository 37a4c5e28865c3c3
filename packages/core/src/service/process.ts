import { readFileSync, readdirSync } from 'node:fs'
import { basename } from 'node:path'
import { BackendError } from '../backend.ts'
import type { Finding } from '../backend.ts'
import type { Control, Env, Standing } from './control.ts'
import { isRunnable } from './findings.ts'
import { runProgram } from './program.ts'

export interface ProcessOptions {
  /** Starts it, and ends as soon as it runs by itself. */
  readonly start: readonly string[]
  /** The file in which it writes its process id; or */
  readonly pidfile?: string
  /** the name of its program, as /proc has it (15 characters of it). */
  readonly name?: string
  readonly stopSignal: NodeJS.Signals
}

/** The kernel keeps no more of a name. */
const nameMax = 15

/** A service that is a process: known by its pidfile or its name, ended by a signal, and by SIGKILL at last. */
export function processControl(options: ProcessOptions, env: Env): Control {
  const { start, stopSignal } = options
  const all = (signal: NodeJS.Signals): Promise<void> => {
    for (const pid of pidsOf(options)) send(pid, signal)
    return Promise.resolve()
  }
  return {
    isInstalled: () => true,
    preflight: (): Promise<readonly Finding[]> => Promise.resolve(isRunnable(start[0] ?? '')),
    async start(signal) {
      const outcome = await runProgram({ argv: start, signal, env, leaves: true })
      if (outcome.code !== 0)
        throw new BackendError('FAILED', `${start.join(' ')} failed: ${outcome.words}`, `run it by hand to see why: ${start.join(' ')}`)
    },
    stop: () => all(stopSignal),
    kill: () => all('SIGKILL'),
    standing(): Promise<Standing> {
      const why = options.pidfile === undefined ? `there is no process ${options.name}` : `${options.pidfile} names no process that runs`
      return Promise.resolve(pidsOf(options).length > 0 ? { state: 'running' } : { state: 'stopped', why })
    },
  }
}

function pidsOf({ pidfile, name }: ProcessOptions): readonly number[] {
  if (pidfile !== undefined) {
    const pid = Number(readOrEmpty(pidfile).trim())
    return Number.isSafeInteger(pid) && pid > 1 && isAlive(pid) ? [pid] : []
  }
  const wanted = basename(name ?? '').slice(0, nameMax)
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => pid !== process.pid && readOrEmpty(`/proc/${pid}/comm`).trimEnd() === wanted && isAlive(pid))
}

/** A zombie has ended: only its parent has not noticed. */
function isAlive(pid: number): boolean {
  const [, state] = /\) (\S)/.exec(readOrEmpty(`/proc/${pid}/stat`)) ?? []
  return state !== undefined && state !== 'Z' && state !== 'X'
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    // It has ended meanwhile.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
