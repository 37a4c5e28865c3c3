import { BackendError } from '../backend.ts'
import { runProgram } from '../programs/run.ts'
import { canRun, findProgram } from '../programs/runnable.ts'
import type { Control, Env, Standing } from './control.ts'

export interface CommandOptions {
  readonly start: readonly string[]
  readonly stop: readonly string[]
  /** Exit code 0: it runs; 1, 3 or 7: it does not; 10: it stands by, where it has that role; any other: nobody can tell. */
  readonly check: readonly string[]
  /** Brings it into its standby role; absent: there is none. */
  readonly standby?: readonly string[]
}

const stoppedCodes: readonly (number | null)[] = [3, 7]
/** A program that breaks ends with this one, too. */
const vagueCode = 1
const standbyCode = 10

/** A service that programs start, stop and look at, and bring into its standby role where it has one. */
export function commandControl({ start, stop, check, standby }: CommandOptions, env: Env): Control {
  const programs = [start, stop, check, ...(standby === undefined ? [] : [standby])]
  const act = async (argv: readonly string[], what: string, signal: AbortSignal): Promise<void> => {
    const outcome = await runProgram({ argv, signal, env, life: 'leaves' })
    if (outcome.code === 0) return
    throw new BackendError(
      'FAILED',
      `${argv[0]} failed to ${what} it: ${outcome.words}`,
      'run it by hand to see why, with the arguments that cluster.yaml gives it',
    )
  }
  return {
    isInstalled: async () => (await Promise.all(programs.map(([name = '']) => canRun(name)))).includes(true),
    preflight: async () => (await Promise.all(programs.map(([name = '']) => findProgram(name)))).flat(),
    start: (signal) => act(start, 'start', signal),
    stop: (signal) => act(stop, 'stop', signal),
    ...(standby === undefined ? {} : { standby: (signal) => act(standby, 'prepare', signal) }),
    async standing(signal): Promise<Standing> {
      const { code, words } = await runProgram({ argv: check, signal, env })
      if (code === 0) return { state: 'running' }
      if (code === standbyCode && standby !== undefined) return { state: 'standby', why: words }
      if (stoppedCodes.includes(code)) return { state: 'stopped', why: words }
      if (code === vagueCode) return { state: 'stopped', why: words, isVague: true }
      return { state: 'unknown', why: `${check[0]}: ${words}` }
    },
  }
}
