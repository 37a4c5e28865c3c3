import { closeSync, fsyncSync, mkdtempSync, openSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { open, type RootDatabase } from 'lmdb'
import type { Index, Write } from '../../model/index.ts'
import { bookName, unfinishedName } from './book-name.ts'
import { bookFormat, contentsOf, entryKey, type Contents, type Meta } from './contents.ts'
import { checkHeader } from './header.ts'
import { checkOrder, extentOf, type Extent } from './order.ts'
import { encodeRecord } from './record.ts'
import { Room } from './room.ts'
import { checkSeal, formerSumOf, sealKey, type Seal } from './seal.ts'
import { Tally } from './tally.ts'

/**
 * The records of one data folder. Everything here is synchronous and may block for as long as the disk likes:
 * it runs in a thread or process of its own, never in the daemon's event loop.
 */
export interface Book {
  /** LMDB's number of the last transaction that went through: with each it grows by one. */
  transaction(): number
  /** Applies all writes as one transaction; when this returns they are on the disk. */
  apply(writes: readonly Write[]): void
  /** Comes before any other transaction where the folder is of the former format: with it, under the new seal, it is of this one. */
  setMeta(meta: Omit<Meta, 'format'>): void
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
  const pen = new Pen(openDb(unfinished), unfinished, new Tally([]))
  const { hard, snapshot } = contents.stored
  try {
    pen.transact((put) => {
      put('meta', contents.meta)
      put('hard', hard)
      put('snapshot', snapshot)
      put('extent', extentOf(contents.stored))
    })
  } finally {
    await pen.close()
  }
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
    const found = [...db.getRange()]
    const records = found.filter(({ key }) => key !== sealKey)
    // First, because it knows of other formats, whose seals are others, too.
    const contents = contentsOf(records, folder)
    const tally = new Tally(records)
    checkSeal(
      found.find(({ key }) => key === sealKey),
      { transaction: lastTransaction(db), sum: contents.meta.format === bookFormat ? tally.sum : formerSumOf(records) },
      folder,
    )
    return { book: createWriter(new Pen(db, join(folder, bookName), tally), contents), contents }
  } catch (error) {
    void db.close()
    throw error
  }
}

function createWriter(pen: Pen, { meta, stored }: Contents): Book {
  let { format } = meta
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
    transaction: () => pen.transaction,
    apply(writes) {
      if (format !== bookFormat) throw new Error(`the book is of format ${format} until its meta is written`)
      extent = pen.transact((put) => {
        const after = writes.reduce((sofar, write) => applyOne(put, write, sofar), extent)
        if (after.first !== extent.first || after.last !== extent.last) put('extent', after)
        return after
      })
    },
    setMeta(meta) {
      pen.transact((put) => put('meta', { ...meta, format: bookFormat } satisfies Meta))
      format = bookFormat
    },
    close: () => pen.close(),
  }
}

/** Writes a record; null takes it away. */
type Put = (key: string, value: object | null) => void

/**
 * Writes transactions, each under a new seal. Everything is made ready before the first record is handed to LMDB, which is asked nothing
 * on the way; what is carried on from one transaction to the next changes only once the next is committed.
 */
class Pen {
  readonly #db: Db
  readonly #room: Room
  readonly #tally: Tally
  #transaction: number

  constructor(db: Db, path: string, tally: Tally) {
    this.#db = db
    this.#tally = tally
    this.#transaction = lastTransaction(db)
    this.#room = new Room(path)
  }

  get transaction(): number {
    return this.#transaction
  }

  transact<T>(write: (put: Put) => T): T {
    const records = new Map<string, Buffer | null>()
    const result = write((key, value) => void records.set(key, value === null ? null : encodeRecord(key, value)))
    const after = this.#tally.after(records)
    const transaction = this.#transaction + 1
    records.set(sealKey, encodeRecord(sealKey, { transaction, sum: after.sum } satisfies Seal))
    this.#room.demand([...records].reduce((bytes, [key, record]) => bytes + key.length + (record?.length ?? 0), 0))
    this.#db.transactionSync(() => {
      for (const [key, bytes] of records) {
        if (bytes === null) this.#db.removeSync(key)
        else this.#db.putSync(key, bytes)
      }
    })
    this.#transaction = transaction
    after.keep()
    return result
  }

  async close(): Promise<void> {
    this.#room.close()
    await this.#db.close()
  }
}

/** The number of the last transaction that was committed. */
function lastTransaction(db: Db): number {
  const { lastTxnId } = db.getStats() as { readonly lastTxnId?: unknown }
  if (typeof lastTxnId !== 'number') throw new Error('LMDB does not tell the number of its last transaction')
  return lastTxnId
}
