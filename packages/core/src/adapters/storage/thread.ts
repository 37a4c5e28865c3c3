import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads'
import type { Stored, Write } from '../../model/index.ts'
import { createBook, openBook, type Book } from './book.ts'
import { bookFormat, type Meta } from './contents.ts'
import { refusalOf, type StorageErrorCode } from './error.ts'
import { checkOwner } from './owner.ts'

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

const retryMs = 250

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

/** Writes what is queued, everything at once, in order; a batch that failed is tried again before anything later. */
function serve(port: MessagePort, opened: Book, folder: string): void {
  let book: Book | null = opened
  const queue: Write[] = []
  let closing = false

  const take = (message: ToThread): void => {
    if (message.type === 'close') closing = true
    else queue.push(message.write)
  }
  const work = async (): Promise<void> => {
    const last = queue.at(-1)
    if (book === null) return
    if (last !== undefined) {
      try {
        book.apply(queue)
        queue.length = 0
        post(port, { type: 'persisted', id: last.id })
      } catch (error) {
        await fail(error)
      }
    }
    if (closing && queue.length === 0) await book?.close().then(() => process.exit(0))
  }
  // After some failures LMDB refuses to go on with what it holds in memory; the file itself is as the last commit left it.
  const fail = async (error: unknown): Promise<void> => {
    post(port, { type: 'failing', reason: messageOf(error) })
    const failed = book
    book = null
    await failed?.close()
    setTimeout(reopen, retryMs)
  }
  const reopen = (): void => {
    try {
      book = openBook(folder).book
      void work()
    } catch (error) {
      void fail(error)
    }
  }
  port.on('message', (message: ToThread) => {
    take(message)
    for (let more = receiveMessageOnPort(port); more !== undefined; more = receiveMessageOnPort(port)) take(more.message as ToThread)
    void work()
  })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function post(port: MessagePort, message: FromThread): void {
  port.postMessage(message)
}

if (parentPort === null) throw new Error('this file runs as a thread of openStorage')
const start = workerData as ThreadStart
try {
  const { book, meta, stored } = await openFolder(start)
  post(parentPort, { type: 'opened', meta, stored })
  serve(parentPort, book, start.folder)
} catch (error) {
  const refusal = refusalOf(start.folder, error)
  post(parentPort, { type: 'refused', code: refusal.code, message: refusal.message, fix: refusal.fix })
  parentPort.close()
}
