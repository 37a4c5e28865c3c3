import { parentPort, workerData } from 'node:worker_threads'
import type { Stored, Write } from '../../model/index.ts'
import { createBook, openBook, type Book } from './book.ts'
import { bookFormat, type Meta } from './contents.ts'
import { refusalOf, type StorageErrorCode } from './error.ts'
import { checkOwner } from './owner.ts'
import { serveWrites } from './serve-writes.ts'

/**
 * The thread in which a data folder is written. It may hang for as long as the disk does;
 * the daemon's event loop only exchanges messages with it.
 */
export interface ThreadStart {
  readonly folder: string
  readonly node: string
  readonly cluster: string
  /** What a new folder begins with; null: the folder must have a book. */
  readonly create: { readonly dataId: string; readonly stored: Stored } | null
}
export type ToThread = { readonly type: 'write'; readonly write: Write } | { readonly type: 'close' }
export type FromThread =
  | { readonly type: 'opened'; readonly meta: Meta; readonly stored: Stored }
  | { readonly type: 'refused'; readonly code: StorageErrorCode; readonly message: string; readonly fix: string }
  | { readonly type: 'persisted'; readonly id: number }
  | { readonly type: 'failing'; readonly reason: string }

async function openFolder(start: ThreadStart): Promise<{ readonly book: Book; readonly meta: Meta; readonly stored: Stored }> {
  const { folder, node, cluster, create } = start
  if (create !== null) {
    await createBook(folder, { meta: { format: bookFormat, cluster, node, dataId: create.dataId, generation: 0 }, stored: create.stored })
  }
  const { book, contents } = openBook(folder)
  try {
    checkOwner(folder, contents.meta, { node, cluster })
    // Also carries a folder of the former format over.
    const meta = { ...contents.meta, format: bookFormat, generation: contents.meta.generation + 1 }
    book.setMeta(meta)
    return { book, meta, stored: contents.stored }
  } catch (error) {
    await book.close()
    throw error
  }
}

if (parentPort === null) throw new Error('this file runs as a thread of openStorage')
const port = parentPort
const start = workerData as ThreadStart
const tell = (message: FromThread): void => port.postMessage(message)
try {
  const { book, meta, stored } = await openFolder(start)
  tell({ type: 'opened', meta, stored })
  serveWrites({ port, opened: book, reopen: () => openBook(start.folder).book, onEnd: () => process.exit(0) })
} catch (error) {
  const refusal = refusalOf(start.folder, error)
  tell({ type: 'refused', code: refusal.code, message: refusal.message, fix: refusal.fix })
  port.close()
}
