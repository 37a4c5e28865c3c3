/** For how long threads had a CPU, and waited for one although they had something to do. */
import { readdirSync, readFileSync } from 'node:fs'

/** ms since the thread began. A wait is counted when it ends. */
export interface ThreadTimes {
  readonly ranMs: number
  readonly waitedMs: number
}

/** null: the thread is gone, or the kernel does not count. */
export function timesOf(pid: number, thread: number = pid): ThreadTimes | null {
  const [ranNs, waitedNs] = (read(`/proc/${pid}/task/${thread}/schedstat`) ?? '').split(' ')
  return waitedNs === undefined ? null : { ranMs: Number(ranNs) / 1e6, waitedMs: Number(waitedNs) / 1e6 }
}

export function threadsOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number)
  } catch {
    return []
  }
}

/** What the main thread of a process has started. */
export function childrenOf(pid: number): readonly number[] {
  return (read(`/proc/${pid}/task/${pid}/children`) ?? '').split(' ').filter(Boolean).map(Number)
}

/** The kernel's own threads that carry packets on where that was put off, by name: they are no more urgent than any busy loop. */
export function packetThreads(): ReadonlyMap<string, number> {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const named = pids.map((pid) => [read(`/proc/${pid}/comm`)?.trim() ?? '', Number(pid)] as const)
  return new Map(named.filter(([name]) => name.startsWith('ksoftirqd/')))
}

/** What is gone by the time it is read is nothing. */
function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}
