import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { open, type RootDatabase } from 'lmdb'
import type { Entry, HardState, Index, Snapshot, Stored, Write } from '../../model/index.ts'
import { bookName, unfinishedName } from './book-name.ts'
import { corrupt } from './error.ts'
import { checkHeader } from './header.ts'
import { checkOrder, extentOf, type Extent } from './order.ts'
import { decodeRecord, encodeRecord } from './record.ts'

/**
 * The records of one data folder. Everything here is synchronous and may block for as long as the disk likes:
 * it runs in a thread or process of its own, never in the daemon's event loop.
 */
export const bookFormat = 1

/** Who a data folder belongs to. */
export interface Meta {
  readonly format: number
  readonly cluster: string
  readonly node: string
  readonly dataId: string
  readonly generation: number
}
export interface Contents {
  readonly meta: Meta
  readonly stored: Stored
}

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

const entryKey = (index: Index): string => `entry/${String(index).padStart(16, '0')}`

/** Makes the book of a new folder: complete under its name, or not there at all. */
export async function createBook(folder: string, contents: Contents): Promise<void> {
  const unfinished = join(folder, unfinishedName)
  removeUnfinished(unfinished)
  const db = openDb(unfinished)
  const { hard, snapshot } = contents.stored
  db.transactionSync(() => {
    put(db, 'meta', contents.meta)
    put(db, 'hard', hard)
    put(db, 'snapshot', snapshot)
    put(db, 'extent', extentOf(contents.stored))
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
  const db = openDb(join(folder, bookName))
  try {
    const contents = readContents(db, folder)
    return { book: createWriter(db, contents.stored), contents }
  } catch (error) {
    void db.close()
    throw error
  }
}

function createWriter(db: Db, stored: Stored): Book {
  let extent = extentOf(stored)

  const applyOne = (write: Write, before: Extent): Extent => {
    const after = checkOrder(write, before)
    const remove = (from: Index, to: Index): void => {
      for (let index = Math.max(from, before.first); index <= Math.min(to, before.last); index++) db.removeSync(entryKey(index))
    }
    if (write.hard !== undefined) put(db, 'hard', write.hard)
    if (write.snapshot !== undefined) {
      put(db, 'snapshot', write.snapshot)
      remove(before.first, write.snapshot.index)
    }
    if (write.cutFrom !== undefined) remove(write.cutFrom, before.last)
    for (const entry of write.entries ?? []) put(db, entryKey(entry.index), entry)
    return after
  }

  return {
    apply(writes) {
      extent = db.transactionSync(() => {
        const after = writes.reduce((sofar, write) => applyOne(write, sofar), extent)
        if (after.first !== extent.first || after.last !== extent.last) put(db, 'extent', after)
        return after
      })
    },
    setMeta(meta) {
      db.transactionSync(() => put(db, 'meta', meta))
    },
    close: () => db.close(),
  }
}

function put(db: Db, key: string, value: unknown): void {
  db.putSync(key, encodeRecord(key, value))
}

function readContents(db: Db, folder: string): Contents {
  const records = new Map<string, unknown>()
  for (const { key, value } of db.getRange()) {
    const record = decodeRecord(String(key), value)
    if ('damage' in record) throw corrupt(folder, record.damage)
    records.set(String(key), record.value)
  }
  const take = (key: string): unknown => {
    const value = records.get(key)
    if (value === undefined) throw corrupt(folder, `record "${key}" is missing`)
    records.delete(key)
    return value
  }
  const meta = take('meta') as Meta
  if (meta.format !== bookFormat) throw corrupt(folder, `its format is ${meta.format}, expected ${bookFormat}`)
  const hard = take('hard') as HardState
  const snapshot = take('snapshot') as Snapshot
  const extent = take('extent') as Extent
  if (extent.first !== snapshot.index + 1) {
    throw corrupt(folder, `its log begins at ${extent.first}, expected ${snapshot.index + 1}, right after the snapshot`)
  }
  const entries: Entry[] = []
  for (let index = extent.first; index <= extent.last; index++) entries.push(take(entryKey(index)) as Entry)
  for (const key of records.keys()) throw corrupt(folder, `record "${key}" does not belong there`)
  checkTerms(folder, { hard, snapshot, entries })
  return { meta, stored: { hard, snapshot, entries } }
}

function checkTerms(folder: string, { hard, snapshot, entries }: Stored): void {
  let { index, term } = snapshot
  for (const entry of entries) {
    if (entry.index !== index + 1) throw corrupt(folder, `entry ${entry.index} stands where entry ${index + 1} belongs`)
    if (entry.term < term) throw corrupt(folder, `entry ${entry.index} has term ${entry.term}, but the one before it has ${term}`)
    index = entry.index
    term = entry.term
  }
  if (hard.term < term) throw corrupt(folder, `its term is ${hard.term}, but its log reaches term ${term}`)
}
