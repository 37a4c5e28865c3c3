import { readdir, readFile } from 'node:fs/promises'
import { z } from 'zod'
import { bad, defineKind, good } from '../kind.ts'
import type { Probe } from '../kind.ts'
import { absolutePath } from '../options.ts'

const schema = z
  .strictObject({
    pidfile: absolutePath.optional().describe('File with the process id'),
    name: z.string().min(1).max(15).optional().describe('Name of the process as the kernel has it, 15 characters at most'),
  })
  .superRefine(({ pidfile, name }, context) => {
    if ((pidfile === undefined) === (name === undefined))
      context.addIssue({ code: 'custom', path: pidfile === undefined ? [] : ['name'], message: 'expected either a pidfile or a name' })
  })

/** Looks whether a process lives: the one that a pidfile names, or any of a name. */
export const processCheck = defineKind({ schema, means: 'files', probe: processProbe })

function processProbe({ pidfile, name }: z.infer<typeof schema>): Probe {
  if (pidfile !== undefined) return () => probePidfile(pidfile)
  let last: string | null = null
  return async (signal) => {
    // The one that was found last is looked at first: reading the names of all takes a while.
    if (last === null || !(await isNamed(last, name ?? ''))) last = await findNamed(name ?? '', signal)
    return last === null ? bad(`no process ${name} runs`) : good(`process ${last}`)
  }
}

async function probePidfile(pidfile: string): ReturnType<Probe> {
  const text = await readFile(pidfile, 'utf8').catch(() => null)
  if (text === null) return bad(`there is no ${pidfile}`)
  const pid = /^\s*([1-9]\d{0,8})\b/.exec(text)?.[1]
  if (pid === undefined) return bad(`${pidfile} holds no process id`)
  return (await stateOf(pid)) === null ? bad(`the process ${pid} of ${pidfile} does not run`) : good(`process ${pid}`)
}

async function findNamed(name: string, signal: AbortSignal): Promise<string | null> {
  for (const entry of await readdir('/proc')) {
    signal.throwIfAborted()
    if (/^\d+$/.test(entry) && (await isNamed(entry, name))) return entry
  }
  return null
}

async function isNamed(pid: string, name: string): Promise<boolean> {
  return (await stateOf(pid))?.name === name
}

/** null: there is none, or only what is left of it until its parent looks. */
async function stateOf(pid: string): Promise<{ readonly name: string } | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const [, name, state] = /^\d+ \((.*)\) (\S)/s.exec(stat) ?? []
  return name === undefined || state === 'Z' || state === 'X' ? null : { name }
}
