import { readdir, readFile, stat } from 'node:fs/promises'
import { uptime } from 'node:os'

/** The kernel keeps no more of a process's name. */
export const nameMax = 15

export interface Process {
  readonly pid: number
  /** As the kernel calls it. */
  readonly name: string
  /** On the machine's own clock; beside the id it tells one process from a later one that was given the same id. */
  readonly bornMs: number
}

/** Every Linux counts the ages of processes in these for its users. */
const tickMs = 10
/** Clocks that were set, and a file system with a clock of its own. */
const slackMs = 10_000

/** Does such a process run? null: there is none, or only what is left of it until its parent looks. */
export function processOf(pid: number): Promise<Process | null> {
  return readProcess(pid, `/proc/${pid}/stat`)
}

async function readProcess(pid: number, file: string): Promise<Process | null> {
  const text = await readFile(file, 'utf8').catch(() => '')
  const [, name, rest = ''] = /^\d+ \((.*)\) (.*)/s.exec(text) ?? []
  const fields = rest.split(' ')
  const [state] = fields
  return name === undefined || state === 'Z' || state === 'X' ? null : { pid, name, bornMs: Number(fields[19]) * tickMs }
}

/** The process that a file names, if it runs; else what is amiss. */
export async function processInFile(pidfile: string): Promise<Process | { readonly why: string }> {
  const text = await readFile(pidfile, 'utf8').catch(() => null)
  if (text === null) return { why: `there is no ${pidfile}` }
  const pid = Number(/^\s*([1-9]\d{0,8})\b/.exec(text)?.[1] ?? Number.NaN)
  if (Number.isNaN(pid)) return { why: `${pidfile} holds no process id` }
  return (await processOf(pid)) ?? { why: `the process ${pid} of ${pidfile} does not run` }
}

/** It began after the file was last written: it has the id of another, which the file means. */
export async function isBornAfter({ bornMs }: Process, file: string): Promise<boolean> {
  const [{ mtimeMs }, startMs] = await Promise.all([stat(file), machineStartMs()])
  return startMs + bornMs > mtimeMs + slackMs
}

/** All processes of that name, one after the other, but this one. */
export async function* processesNamed(name: string, signal?: AbortSignal): AsyncGenerator<Process> {
  for (const entry of await readdir('/proc')) {
    signal?.throwIfAborted()
    const pid = Number(entry)
    if (!Number.isSafeInteger(pid) || pid === process.pid) continue
    const found = await processOf(pid)
    if (found?.name === name) yield found
  }
}

/** When the clock of the processes began, on the clock on the wall as it is now. */
async function machineStartMs(): Promise<number> {
  aheadMs ??= howFarAhead()
  return Date.now() - uptime() * 1000 - (await aheadMs)
}

/** In a container the time since the start may be the container's, and the clock of the processes the machine's: this process tells. */
async function howFarAhead(): Promise<number> {
  const bornMs = (uptime() - process.uptime()) * 1000
  const onItsClock = await bornHere()
  return onItsClock === null ? 0 : onItsClock - bornMs
}

/**
 * When this life of this process began. An upgrade puts another program into the same process, which keeps its birth: the threads beside the
 * first one are those of the program that runs now.
 */
async function bornHere(): Promise<number | null> {
  const threads = (await readdir('/proc/self/task')).map(Number).filter((thread) => thread !== process.pid)
  const all = await Promise.all(threads.map((thread) => readProcess(thread, `/proc/self/task/${thread}/stat`)))
  const born = all.flatMap((thread) => thread?.bornMs ?? [])
  return born.length > 0 ? Math.min(...born) : ((await processOf(process.pid))?.bornMs ?? null)
}
let aheadMs: Promise<number> | null = null
