import { fork } from 'node:child_process'
import { extname, join } from 'node:path'
import { bookName } from './book-name.ts'
import type { Meta } from './contents.ts'
import { StorageError, corrupt, fromSystem } from './error.ts'
import type { Verdict } from './verify.ts'

const program = new URL(`./verify${extname(import.meta.filename)}`, import.meta.url)

/** Reads the whole folder in another process: a file cut short ends its reader with a signal. Says whose it is, or throws a StorageError. */
export function readInChild(folder: string): Promise<Meta> {
  return new Promise((resolve, reject) => {
    const child = fork(program, [folder], { stdio: 'ignore', execArgv: [] })
    let verdict: Verdict | null = null
    child.on('message', (message) => void (verdict = message as Verdict))
    child.once('error', (cause) => reject(fromSystem(folder, 'verifying', cause)))
    // Not `exit`: what the process said may arrive after it.
    child.once('close', (code, signal) => {
      if (signal !== null) reject(corrupt(folder, `reading ${join(folder, bookName)} ended with ${signal}; it is cut short or garbled`))
      else if (verdict === null) reject(fromSystem(folder, 'verifying', new Error(`the reader ended with code ${code}`)))
      else if (verdict.type === 'refused') reject(new StorageError(verdict.code, verdict.message, verdict.fix))
      else resolve(verdict.meta)
    })
  })
}
