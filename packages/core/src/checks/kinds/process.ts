import { z } from 'zod'
import { nameMax, processInFile, processesNamed, processOf } from '../../programs/process-table.ts'
import { bad, defineKind, good } from '../kind.ts'
import type { Probe } from '../kind.ts'
import { absolutePath } from '../options.ts'

const schema = z
  .strictObject({
    pidfile: absolutePath.optional().describe('File with the process id'),
    name: z.string().min(1).max(nameMax).optional().describe(`Name of the process as the kernel has it, ${nameMax} characters at most`),
  })
  .superRefine(({ pidfile, name }, context) => {
    if ((pidfile === undefined) === (name === undefined))
      context.addIssue({ code: 'custom', path: pidfile === undefined ? [] : ['name'], message: 'expected either a pidfile or a name' })
  })

/** Looks whether a process lives: the one that a pidfile names, or any of a name. */
export const processCheck = defineKind({ schema, means: 'kernel', probe: processProbe })

function processProbe({ pidfile, name = '' }: z.infer<typeof schema>): Probe {
  if (pidfile !== undefined) return () => probePidfile(pidfile)
  let last: number | null = null
  return async (signal) => {
    // The one that was found last is looked at first: reading the names of all takes a while.
    if (last === null || (await processOf(last))?.name !== name) last = await firstNamed(name, signal)
    return last === null ? bad(`no process ${name} runs`) : good(`process ${last}`)
  }
}

async function probePidfile(pidfile: string): ReturnType<Probe> {
  const found = await processInFile(pidfile)
  return 'pid' in found ? good(`process ${found.pid}`) : bad(found.why)
}

async function firstNamed(name: string, signal: AbortSignal): Promise<number | null> {
  for await (const { pid } of processesNamed(name, signal)) return pid
  return null
}
