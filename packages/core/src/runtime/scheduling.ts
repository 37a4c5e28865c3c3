import { spawnSync } from 'node:child_process'
import { constants, getPriority, setPriority } from 'node:os'

/** How the kernel schedules this process, and why not better. */
export interface Scheduling {
  readonly policy: 'rr' | 'nice' | 'normal'
  readonly why: string
}

const realTimePriority = '10'
/** Threads that are started later, and children, inherit what their parent has. */
const attempts = 3

/** Asks for SCHED_RR for every thread of this process, else for the best niceness. Before any child that is to inherit it. */
export function claimScheduling(): Scheduling {
  const refused = claimRealTime()
  if (refused === null) return { policy: 'rr', why: `SCHED_RR, priority ${realTimePriority}` }
  try {
    setPriority(process.pid, constants.priority.PRIORITY_HIGHEST)
    return { policy: 'nice', why: `nice ${getPriority(process.pid)}; SCHED_RR was refused: ${refused}` }
  } catch (error) {
    return {
      policy: 'normal',
      why: `as is; SCHED_RR was refused: ${refused}; nice was refused: ${error instanceof Error ? error.message : String(error)}`,
    }
  }
}

/** A thread that is just being started or ended makes chrt fail in between, so it is asked again. */
function claimRealTime(): string | null {
  let reason = ''
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const { status, error, stderr } = spawnSync('chrt', ['--all-tasks', '--rr', '--pid', realTimePriority, String(process.pid)], {
      encoding: 'utf8',
      timeout: 2000,
    })
    if (status === 0) return null
    reason = error?.message ?? stderr.trim()
    if (error) break
  }
  return reason
}
