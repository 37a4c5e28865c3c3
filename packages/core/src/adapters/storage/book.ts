import { closeSync, fsyncSync, mkdtempSync, openSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { open, type RootDatabase } from 'lmdb'
import type { Index, Stored, Write } from '../../model/index.ts'
import { bookName, unfinishedName } from './book-name.ts'
import { contentsOf, entryKey, type Contents, type Meta } from './contents.ts'
import { checkHeader } from './header.ts'
import { checkOrder, extentOf, type Extent } from './order.ts'
import { encodeRecord } from './record.ts'
import { resealed, sealKey, unseal } from './seal.ts'
import type { Seal } from './seal.ts'

/**
 * The records of one data folder. Everything here is synchronous and may block for as long as the disk likes:
 * it runs in a thread or process of its own, never in the daemon's event loop.
 */
export interface Book {
  /** Applies all writes as one transaction; when this returns they are on the disk. */
  apply(writes: readonly Write[]): void
  setMeta(meta: Meta): void
  close(): Promise<void>
}

type Db = RootDatabase<Buffer, string>

/**
 * Without `overlappingSync` LMDB commits the classic way: pages written, fdatasync, then the root through a descriptor
 * opened with O_DSYNC. A transaction that returned is durable; one that threw left the former root in place.
 * The map is address space only; the file grows with its content.
 */
function openDb(path: string): Db {
  return open<Buffer, string>({ path, noSubdir: true, encoding: 'binary', overlappingSync: false, mapSize: 2 ** 30, remapChunks: false })
}

/** A file system that is no disk. */
const memory = '/dev/shm'

/**
 * LMDB keeps a lock file beside the name that it opens, mapped for writing. A thread that writes into the map of a disk that hangs holds a lock of the
 * kernel's that every start of another process needs: the event loop would hang, too. So the name is in memory and leads to the file.
 * The lock is of no use here: nobody but the owner of the folder's own lock opens the book for writing.
 */
function openBesideMemory(path: string): Db {
  const place = mkdtempSync(join(memory, 'movip-'))
  try {
    const name = join(place, bookName)
    symlinkSync(resolve(path), name)
    return openDb(name)
  } finally {
    // What is open stays open.
    rmSync(place, { recursive: true, force: true })
  }
}

/** Makes the book of a new folder: complete under its name, or not there at all. */
export async function createBook(folder: string, contents: Contents): Promise<void> {
  const unfinished = join(folder, unfinishedName)
  removeUnfinished(unfinished)
  const db = openDb(unfinished)
  const { hard, snapshot } = contents.stored
  new Pen(db, 0).transact((put) => {
    put('meta', contents.meta)
    put('hard', hard)
    put('snapshot', snapshot)
    put('extent', extentOf(contents.stored))
  })
  await db.close()
  renameSync(unfinished, join(folder, bookName))
  removeUnfinished(unfinished)
  syncFolder(folder)
  syncFolder(dirname(folder))
}

function removeUnfinished(path: string): void {
  rmSync(path, { force: true })
  rmSync(`${path}-lock`, { force: true })
}

function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Opens the book of an existing folder, checks every record of it, and returns what it says. */
export function openBook(folder: string): { readonly book: Book; readonly contents: Contents } {
  checkHeader(folder)
  const db = openBesideMemory(join(folder, bookName))
  try {
    const { records, sum } = unseal(db.getRange(), lastTransaction(db), folder)
    const contents = contentsOf(records, folder)
    return { book: createWriter(db, new Pen(db, sum), contents.stored), contents }
  } catch (error) {
    void db.close()
    throw error
  }
}

function createWriter(db: Db, pen: Pen, stored: Stored): Book {
  let extent = extentOf(stored)

  const applyOne = (put: Put, write: Write, before: Extent): Extent => {
    const after = checkOrder(write, before)
    const remove = (from: Index, to: Index): void => {
      for (let index = Math.max(from, before.first); index <= Math.min(to, before.last); index++) put(entryKey(index), null)
    }
    if (write.hard !== undefined) put('hard', write.hard)
    if (write.snapshot !== undefined) {
      put('snapshot', write.snapshot)
      remove(before.first, write.snapshot.index)
    }
    if (write.cutFrom !== undefined) remove(write.cutFrom, before.last)
    for (const entry of write.entries ?? []) put(entryKey(entry.index), entry)
    return after
  }

  return {
    apply(writes) {
      extent = pen.transact((put) => {
        const after = writes.reduce((sofar, write) => applyOne(put, write, sofar), extent)
        if (after.first !== extent.first || after.last !== extent.last) put('extent', after)
        return after
      })
    },
    setMeta(meta) {
      pen.transact((put) => put('meta', meta))
    },
    close: () => db.close(),
  }
}

/** Writes a record; null takes it away. */
type Put = (key: string, value: object | null) => void

/** Writes transactions, each under a new seal. */
class Pen {
  readonly #db: Db
  #sum: number

  constructor(db: Db, sum: number) {
    this.#db = db
    this.#sum = sum
  }

  transact<T>(write: (put: Put) => T): T {
    const db = this.#db
    let sum = this.#sum
    const put: Put = (key, value) => {
      const after = value === null ? undefined : encodeRecord(key, value)
      sum = resealed(sum, db.get(key), after)
      if (after === undefined) db.removeSync(key)
      else db.putSync(key, after)
    }
    const result = db.transactionSync(() => {
      const done = write(put)
      db.putSync(sealKey, encodeRecord(sealKey, { transaction: lastTransaction(db) + 1, sum } satisfies Seal))
      return done
    })
    this.#sum = sum
    return result
  }
}

/** The number of the last transaction that was committed. */
function lastTransaction(db: Db): number {
  const { lastTxnId } = db.getStats() as { readonly lastTxnId?: unknown }
  if (typeof lastTxnId !== 'number') throw new Error('LMDB does not tell the number of its last transaction')
  return lastTxnId
}
