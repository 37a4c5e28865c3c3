import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads'
import type { Write } from '../../model/index.ts'
import type { Book } from './book.ts'
import type { FromThread, ToThread } from './thread.ts'

const retryMs = 250

export interface Serving {
  readonly port: MessagePort
  readonly opened: Book
  /** Opens the book of the same folder anew, after the former one was closed. */
  readonly reopen: () => Book
  /** All is written, and the book is closed. */
  readonly onEnd: () => void
}

/** A batch of the first so many writes whose transaction was said to have failed. */
interface Doubt {
  /** The transaction before. */
  readonly after: number
  readonly writes: number
  readonly last: Write
}

/**
 * A transaction that was said to have failed may have left its root in the file all the same. Nobody else writes this file, so that its number
 * tells. The root that was found may be in memory alone: the batch counts as durable when a further transaction, of an empty write in its
 * place, has gone through.
 */
function isOnDisk({ after }: Doubt, found: number): boolean {
  if (found !== after && found !== after + 1) throw new Error(`the last transaction on the disk is ${found}, but ${after} had gone through`)
  return found === after + 1
}

/** Writes what is queued, everything at once, in order; a batch that failed is tried again before anything later. */
export function serveWrites({ port, opened, reopen, onEnd }: Serving): void {
  let book: Book | null = opened
  const queue: Write[] = []
  let inDoubt: Doubt | null = null
  let closing = false

  const take = (message: ToThread): void => {
    if (message.type === 'close') closing = true
    else queue.push(message.write)
  }
  const work = async (): Promise<void> => {
    const last = queue.at(-1)
    if (book === null) return
    if (last !== undefined) {
      const after = book.transaction()
      try {
        book.apply(queue)
        queue.length = 0
        post(port, { type: 'persisted', id: last.id })
      } catch (error) {
        inDoubt = { after, writes: queue.length, last }
        await fail(error)
      }
    }
    if (closing && queue.length === 0) await book?.close().then(onEnd)
  }
  // After some failures LMDB refuses to go on with what it holds in memory; the file itself is as the last commit left it.
  const fail = async (error: unknown): Promise<void> => {
    post(port, { type: 'failing', reason: messageOf(error) })
    const failed = book
    book = null
    await failed?.close()
    setTimeout(goOn, retryMs)
  }
  const goOn = (): void => {
    try {
      book = reopen()
      if (inDoubt !== null && isOnDisk(inDoubt, book.transaction())) queue.splice(0, inDoubt.writes, { id: inDoubt.last.id })
      inDoubt = null
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
