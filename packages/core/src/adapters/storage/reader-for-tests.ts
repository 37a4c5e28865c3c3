// Reads one data folder after the other, as `verify` reads one: a garbled file may end this process with a signal, and not the one that asks.
import { StorageError } from './error.ts'
import { readFolder } from './read-folder.ts'

process.on('message', (folder: string) => {
  readFolder(folder).then(
    (contents) => process.send?.({ contents }),
    (error: unknown) =>
      process.send?.(error instanceof StorageError ? { refused: error.code, why: error.message } : { thrown: String(error) }),
  )
})
