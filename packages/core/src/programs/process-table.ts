import { readdir, readFile } from 'node:fs/promises'

/** The kernel keeps no more of a process's name. */
export const nameMax = 15

/** Does such a process run, and how does the kernel call it? null: there is none, or only what is left of it until its parent looks. */
export async function processOf(pid: number): Promise<{ readonly name: string } | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const [, name, state] = /^\d+ \((.*)\) (\S)/s.exec(stat) ?? []
  return name === undefined || state === 'Z' || state === 'X' ? null : { name }
}

/** The process that a file names, if it runs; else what is amiss. */
export async function processInFile(pidfile: string): Promise<{ readonly pid: number } | { readonly why: string }> {
  const text = await readFile(pidfile, 'utf8').catch(() => null)
  if (text === null) return { why: `there is no ${pidfile}` }
  const pid = Number(/^\s*([1-9]\d{0,8})\b/.exec(text)?.[1] ?? Number.NaN)
  if (Number.isNaN(pid)) return { why: `${pidfile} holds no process id` }
  return (await processOf(pid)) === null ? { why: `the process ${pid} of ${pidfile} does not run` } : { pid }
}

/** All processes of that name, one after the other, but this one. */
export async function* processesNamed(name: string, signal?: AbortSignal): AsyncGenerator<number> {
  for (const entry of await readdir('/proc')) {
    signal?.throwIfAborted()
    const pid = Number(entry)
    if (Number.isSafeInteger(pid) && pid !== process.pid && (await processOf(pid))?.name === name) yield pid
  }
}
