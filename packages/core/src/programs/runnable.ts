import { accessSync, constants, statSync } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Finding } from '../backend.ts'

/** Is there such a program, that this process may run? A path, or a name that is looked for in PATH. It waits for the file system: not for the daemon. */
export function isRunnable(name: string): readonly Finding[] {
  return placesOf(name).some(isExecutable) ? [] : [missing(name)]
}

/** The same in the background: a file system that hangs does not hold up who asks. */
export async function findProgram(name: string): Promise<readonly Finding[]> {
  return (await canRun(name)) ? [] : [missing(name)]
}

export async function canRun(name: string): Promise<boolean> {
  const found = await Promise.all(
    placesOf(name).map(async (path) => {
      try {
        await access(path, constants.X_OK)
        return (await stat(path)).isFile()
      } catch {
        return false
      }
    }),
  )
  return found.includes(true)
}

function missing(name: string): Finding {
  return {
    severity: 'error',
    code: 'SERVICE_PROGRAM_MISSING',
    message: `${name} is not there, or not executable`,
    fix: `install it, correct its path, or: chmod +x ${name}`,
  }
}

function placesOf(name: string): readonly string[] {
  const folders = (process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin').split(':')
  return name.includes('/') ? [name] : folders.map((folder) => join(folder, name))
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
