import { accessSync, constants, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Finding } from '../backend.ts'

/** Is there such a program, that this process may run? A path, or a name that is looked for in PATH. */
export function isRunnable(name: string): readonly Finding[] {
  const folders = (process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin').split(':')
  const places = name.includes('/') ? [name] : folders.map((folder) => join(folder, name))
  if (places.some(isExecutable)) return []
  return [
    {
      severity: 'error',
      code: 'SERVICE_PROGRAM_MISSING',
      message: `${name} is not there, or not executable`,
      fix: `install it, correct its path, or: chmod +x ${name}`,
    },
  ]
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
