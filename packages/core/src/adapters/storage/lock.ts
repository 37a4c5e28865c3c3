import { spawn } from 'node:child_process'
import { open, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { StorageError, fromSystem } from './error.ts'

export const lockName = 'movip.lock'

export interface FolderLock {
  release(): Promise<void>
}

/**
 * Locks a data folder for this process. The lock is flock(2) on a file in it: the kernel gives it up with the process,
 * however that ends, and keeps it for a frozen one, whatever namespaces either is in. Node has no flock(2) of its own, but such a lock
 * belongs to the open file: `flock` from util-linux takes it on the descriptor it inherits, ends, and it stays with ours.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const path = join(folder, lockName)
  let file: FileHandle
  try {
    file = await open(path, 'a+', 0o600)
  } catch (cause) {
    throw fromSystem(folder, 'locking', cause)
  }
  try {
    const exitCode = await runFlock(file.fd)
    if (exitCode === 1) throw await lockedBy(folder, file)
    if (exitCode !== 0) throw new Error(`flock ended with code ${exitCode}`)
    await file.truncate(0)
    await file.write(`${process.pid}\n`)
  } catch (cause) {
    await file.close()
    throw fromSystem(folder, 'locking', cause)
  }
  return { release: () => file.close() }
}

/** Throws if a process holds the lock, without writing to the file. The lock is ours only for as long as the question takes. */
export async function checkUnlocked(folder: string): Promise<void> {
  const file = await open(join(folder, lockName), 'r')
  try {
    if ((await runFlock(file.fd)) === 1) throw await lockedBy(folder, file)
  } finally {
    await file.close()
  }
}

function runFlock(descriptor: number): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn('flock', ['--exclusive', '--nonblock', '3'], { stdio: ['ignore', 'ignore', 'ignore', descriptor] })
    child.once('error', (cause) =>
      reject(
        new StorageError(
          'STORAGE_UNREADABLE',
          `the program flock cannot be started: ${cause.message}`,
          'install the package util-linux',
          cause,
        ),
      ),
    )
    child.once('exit', resolve)
  })
}

async function lockedBy(folder: string, file: FileHandle): Promise<StorageError> {
  const text = Buffer.alloc(32)
  const { bytesRead } = await file.read(text, 0, text.length, 0)
  const pid = text.toString('latin1', 0, bytesRead).trim()
  return new StorageError(
    'STORAGE_LOCKED',
    `the data folder ${folder} is in use by the movip daemon with process id ${pid === '' ? 'unknown' : pid}`,
    'stop that daemon first, or give this one a data folder of its own (`data` in node.yaml)',
  )
}
