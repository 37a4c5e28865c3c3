import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { StorageError } from './error.ts'

/** Says in the folder why it must not be used again. */
const refusalName = 'movip.refused'

/**
 * Marks a folder that the cluster has refused. Every start counts as a later life of a folder, so that a supervisor which starts the daemon
 * again and again would bring an older copy up to the life that the cluster knows; a marked folder is not opened any more.
 */
export function markRefused(folder: string, why: string): void {
  const file = openSync(join(folder, refusalName), 'w', 0o600)
  try {
    writeSync(file, `${why}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

export function checkRefusal(folder: string): void {
  const file = join(folder, refusalName)
  if (!existsSync(file)) return
  throw new StorageError(
    'STORAGE_REFUSED',
    `the cluster has refused the data folder ${folder}: ${readFileSync(file, 'utf8').trim()}`,
    `put the newest folder of this node back in its place, or see "A lost data folder" in docs/operations.md`,
  )
}
