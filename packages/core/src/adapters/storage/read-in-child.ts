import { fork } from 'node:child_process'
import { extname, join } from 'node:path'
import { bookName } from './book-name.ts'
import type { Meta } from './contents.ts'
import { StorageError, corrupt, fromSystem } from './error.ts'
import type { Verdict } from './verify.ts'

const program = new URL(`./verify${extname(import.meta.filename)}`, import.meta.url)

/** Much more than a slow disk on a starved machine needs: the log is cut after a thousand entries. */
const limitMsDefault = 30_000

/**
 * Reads the whole folder in another process: a file cut short ends its reader with a signal, and a disk that hangs holds nobody else up.
 * Says whose it is, or throws a StorageError.
 */
export function readInChild(folder: string, limitMs: number = limitMsDefault): Promise<Meta> {
  return new Promise((resolve, reject) => {
    const child = fork(program, [folder], { stdio: 'ignore', execArgv: [] })
    let verdict: Verdict | null = null
    const limit = setTimeout(() => {
      reject(tookTooLong(folder, limitMs))
      // Who waits for a disk may not even die: this process ends without it.
      child.kill('SIGKILL')
      child.unref()
      if (child.connected) child.disconnect()
    }, limitMs)
    child.on('message', (message) => void (verdict = message as Verdict))
    child.once('error', (cause) => {
      clearTimeout(limit)
      reject(fromSystem(folder, 'verifying', cause))
    })
    // Not `exit`: what the process said may arrive after it.
    child.once('close', (code, signal) => {
      clearTimeout(limit)
      if (signal !== null) reject(corrupt(folder, `reading ${join(folder, bookName)} ended with ${signal}; it is cut short or garbled`))
      else if (verdict === null) reject(fromSystem(folder, 'verifying', new Error(`the reader ended with code ${code}`)))
      else if (verdict.type === 'refused') reject(new StorageError(verdict.code, verdict.message, verdict.fix))
      else resolve(verdict.meta)
    })
  })
}

function tookTooLong(folder: string, limitMs: number): StorageError {
  return new StorageError(
    'STORAGE_UNREADABLE',
    `reading the data folder ${folder} took longer than ${limitMs} ms`,
    `see whether the disk of ${folder} hangs (dmesg, ls ${folder}) or the machine is starved, and start again`,
  )
}
