import { basename } from 'node:path'
import { BackendError } from '../backend.ts'
import { isBornAfter, nameMax, processInFile, processOf, processesNamed } from '../programs/process-table.ts'
import type { Process } from '../programs/process-table.ts'
import { runProgram } from '../programs/run.ts'
import { findProgram } from '../programs/runnable.ts'
import type { Control, Env, Standing } from './control.ts'

export interface ProcessOptions {
  /** Starts it, and ends as soon as it runs by itself. */
  readonly start: readonly string[]
  /** The file in which it writes its process id; or */
  readonly pidfile?: string
  /** the name of its program, as /proc has it (15 characters of it); or both: what the file names counts only by that name. */
  readonly name?: string
  readonly stopSignal: NodeJS.Signals
}

/** A service that is a process: known by its pidfile or its name, ended by a signal, and by SIGKILL at last. */
export function processControl(options: ProcessOptions, env: Env): Control {
  const { start, stopSignal } = options
  const processes = new Processes(options)
  const all = async (signal: NodeJS.Signals): Promise<void> => {
    const { named, others } = await processes.look()
    // One that may not be ended keeps no other from being told.
    const failures = [...named, ...others].flatMap(({ pid }) => send(pid, signal) ?? [])
    if (failures[0] !== undefined) throw failures[0]
  }
  return {
    isInstalled: () => Promise.resolve(true),
    preflight: () => findProgram(start[0] ?? ''),
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
      const { named, others, why } = await processes.look()
      if (named.length > 0) return { state: 'running' }
      return others.length === 0
        ? { state: 'stopped', why }
        : { state: 'failed', why: `${why}; the process ${others[0]?.pid} of it still runs` }
    },
  }
}

/** The processes of one service: those that are named now, and those that were once and still run. */
class Processes {
  private readonly options: ProcessOptions
  private readonly known = new Map<number, Process>()

  constructor(options: ProcessOptions) {
    this.options = options
  }

  /** `others` are named no more: one that ends may remove its pidfile long before it has ended. */
  async look(): Promise<{ readonly named: readonly Process[]; readonly others: readonly Process[]; readonly why: string }> {
    const found = await this.find()
    const named = 'why' in found ? [] : found
    for (const process of this.known.values()) if (!isSame(process, await processOf(process.pid))) this.known.delete(process.pid)
    const others = [...this.known.values()].filter((process) => !named.some((one) => isSame(one, process)))
    for (const process of named) this.known.set(process.pid, process)
    return { named, others, why: 'why' in found ? found.why : '' }
  }

  private async find(): Promise<readonly Process[] | { readonly why: string }> {
    const { pidfile } = this.options
    const name = this.options.name === undefined ? undefined : basename(this.options.name).slice(0, nameMax)
    if (pidfile === undefined) return allNamed(name ?? '')
    const found = await processInFile(pidfile)
    if ('why' in found) return found
    const whose = `${pidfile} names the process ${found.pid}, which is another's`
    if (found.pid === process.pid) return { why: `${whose}: movip's own` }
    if (name !== undefined && found.name !== name) return { why: `${whose}: ${found.name}` }
    const known = this.known.get(found.pid)
    if (known !== undefined && isSame(known, found)) return [found]
    return (await isBornAfter(found, pidfile)) ? { why: `${whose}: ${found.name}, which began after the file was written` } : [found]
  }
}

async function allNamed(name: string): Promise<readonly Process[] | { readonly why: string }> {
  const found: Process[] = []
  for await (const process of processesNamed(name)) found.push(process)
  return found.length > 0 ? found : { why: `there is no process ${name}` }
}

function isSame(one: Process, other: Process | null): boolean {
  return one.pid === other?.pid && one.bornMs === other.bornMs
}

/** null: it was told, or has ended meanwhile. */
function send(pid: number, signal: NodeJS.Signals): Error | null {
  try {
    process.kill(pid, signal)
    return null
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return 'code' in error && error.code === 'ESRCH'
      ? null
      : new BackendError('DENIED', `process ${pid}: ${error.message}`, rootFix, { cause: error })
  }
}

const rootFix = 'run movip as root, or as the user of the service'
