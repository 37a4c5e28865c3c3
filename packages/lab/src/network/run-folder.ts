/** One folder per lab holds all that must be found again by whoever cleans up: who made it, disks, sockets, logs. */
import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { namespacesNotPermitted } from '../errors.ts'

const RUN_ROOT = '/run/movip-lab'

export interface RunFolder {
  /** Begins the names of everything of this lab in the kernel. */
  readonly prefix: string
  readonly path: string
}

interface Owner {
  readonly pid: number
  readonly started: string
}

/** Takes a prefix that no other lab has. */
export function createRunFolder(): RunFolder {
  for (;;) {
    const prefix = `mv${randomBytes(2).toString('hex')}`
    const path = join(RUN_ROOT, prefix)
    try {
      mkdirSync(RUN_ROOT, { recursive: true })
      mkdirSync(path, { mode: 0o755 })
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException
      if (code === 'EEXIST') continue
      throw namespacesNotPermitted(message)
    }
    const owner: Owner = { pid: process.pid, started: startOf(process.pid) ?? '' }
    writeFileSync(join(path, 'owner.json'), JSON.stringify(owner))
    return { prefix, path }
  }
}

/** Labs whose process is gone. A pid alone may have been given away again, so its start time must match too. */
export function abandonedRunFolders(): readonly RunFolder[] {
  return listFolders(RUN_ROOT)
    .map((prefix) => ({ prefix, path: join(RUN_ROOT, prefix) }))
    .filter(({ path }) => {
      const owner = readOwner(path)
      return owner !== null && startOf(owner.pid) !== owner.started
    })
}

/** null while the owner is still being written: that lab is just beginning. */
function readOwner(path: string): Owner | null {
  try {
    return JSON.parse(readFileSync(join(path, 'owner.json'), 'utf8')) as Owner
  } catch {
    return null
  }
}

function listFolders(path: string): readonly string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

/** When a process was started, in ticks since boot; null when there is no such process. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
  } catch {
    return null
  }
}
