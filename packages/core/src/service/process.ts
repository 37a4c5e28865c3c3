import { basename } from 'node:path'
import { BackendError } from '../backend.ts'
import type { Finding } from '../backend.ts'
import { nameMax, processInFile, processesNamed } from '../programs/process-table.ts'
import { runProgram } from '../programs/run.ts'
import { isRunnable } from '../programs/runnable.ts'
import type { Control, Env, Standing } from './control.ts'

export interface ProcessOptions {
  /** Starts it, and ends as soon as it runs by itself. */
  readonly start: readonly string[]
  /** The file in which it writes its process id; or */
  readonly pidfile?: string
  /** the name of its program, as /proc has it (15 characters of it). */
  readonly name?: string
  readonly stopSignal: NodeJS.Signals
}

/** A service that is a process: known by its pidfile or its name, ended by a signal, and by SIGKILL at last. */
export function processControl(options: ProcessOptions, env: Env): Control {
  const { start, stopSignal } = options
  const all = async (signal: NodeJS.Signals): Promise<void> => {
    for (const pid of await pidsOf(options)) send(pid, signal)
  }
  return {
    isInstalled: () => true,
    preflight: (): Promise<readonly Finding[]> => Promise.resolve(isRunnable(start[0] ?? '')),
    async start(signal) {
      const outcome = await runProgram({ argv: start, signal, env, life: 'leaves' })
      if (outcome.code !== 0)
        throw new BackendError(
          'FAILED',
          `${start[0]} failed: ${outcome.words}`,
          'run it by hand to see why, with the arguments that cluster.yaml gives it',
        )
    },
    stop: () => all(stopSignal),
    kill: () => all('SIGKILL'),
    async standing(): Promise<Standing> {
      const why = options.pidfile === undefined ? `there is no process ${options.name}` : `${options.pidfile} names no process that runs`
      return (await pidsOf(options)).length > 0 ? { state: 'running' } : { state: 'stopped', why }
    },
  }
}

async function allNamed(name: string): Promise<readonly number[]> {
  const pids: number[] = []
  for await (const pid of processesNamed(name)) pids.push(pid)
  return pids
}

async function pidsOf({ pidfile, name = '' }: ProcessOptions): Promise<readonly number[]> {
  if (pidfile === undefined) return allNamed(basename(name).slice(0, nameMax))
  const found = await processInFile(pidfile)
  return 'pid' in found ? [found.pid] : []
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    // It has ended meanwhile.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
