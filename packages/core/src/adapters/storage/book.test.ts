import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { open, type RootDatabase } from 'lmdb'
import { afterEach, expect, test } from 'vitest'
import type { Entry } from '../../model/index.ts'
import { sampleSpec } from '../../testing/fuzz/samples.ts'
import { bookName } from './book-name.ts'
import { createBook, openBook } from './book.ts'
import { bookFormat, entryKey, type Contents } from './contents.ts'
import { decodeRecord, encodeRecord } from './record.ts'
import { sealKey, type Seal } from './seal.ts'

const undo: (() => void)[] = []
afterEach(() => {
  for (const step of undo.splice(0).toReversed()) step()
})
const contents: Contents = {
  meta: { format: bookFormat, cluster: 'shop', node: 'a', dataId: '1f0c', generation: 1 },
  stored: {
    hard: { term: 9, votedFor: null },
    snapshot: { index: 0, term: 0, state: { spec: sampleSpec, assignments: {}, bindings: {}, longestLeaseMs: 1000 } },
    entries: [],
  },
}
const entry = (index: number, term: number): Entry => ({ index, term, body: { type: 'noop' } })

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'movip-book-'))
  undo.push(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Changes records behind the back of the book, under a seal that bears the right transaction and the sum that it had. */
async function forge(folder: string, change: (db: RootDatabase<Buffer, string>) => void): Promise<void> {
  const db = open<Buffer, string>({ path: join(folder, bookName), noSubdir: true, encoding: 'binary', overlappingSync: false })
  const read = decodeRecord(sealKey, db.get(sealKey) ?? Buffer.alloc(0))
  if (!('value' in read)) throw new Error(read.damage)
  const { transaction, sum } = read.value as Seal
  db.transactionSync(() => {
    change(db)
    db.putSync(sealKey, encodeRecord(sealKey, { transaction: transaction + 1, sum }))
  })
  await db.close()
}

test('older records under a newer seal are refused, also where all of them differ from the newer ones by the same bits', async () => {
  const folder = newFolder()
  await createBook(folder, contents)
  const { book } = openBook(folder)
  book.apply([{ id: 1, entries: [entry(1, 3), entry(2, 3)] }])
  book.apply([{ id: 2, cutFrom: 1, entries: [entry(1, 4), entry(2, 4)] }])
  await book.close()
  await forge(folder, () => undefined)
  await openBook(folder).book.close()
  await forge(folder, (db) => {
    for (const index of [1, 2]) db.putSync(entryKey(index), encodeRecord(entryKey(index), entry(index, 3)))
  })
  expect(() => openBook(folder)).toThrow('some of its records are older than others, or missing')
})

test('a transaction that was refused on the way leaves nothing behind, neither in the file nor in the seal of the next one', async () => {
  const folder = newFolder()
  await createBook(folder, contents)
  const { book } = openBook(folder)
  book.apply([{ id: 1, entries: [entry(1, 1), entry(2, 1)] }])
  expect(() =>
    book.apply([
      { id: 2, hard: { term: 11, votedFor: 'b' }, cutFrom: 2 },
      { id: 3, entries: [entry(7, 1)] },
    ]),
  ).toThrow('entry 7 does not follow on entry 1')
  book.apply([{ id: 4, entries: [entry(3, 1)] }])
  await book.close()
  const again = openBook(folder)
  await again.book.close()
  expect(again.contents.stored).toEqual({ ...contents.stored, entries: [entry(1, 1), entry(2, 1), entry(3, 1)] })
})

test('a transaction that found no room is forgotten, and the same book goes on when there is room', async () => {
  const folder = newFolder()
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder])
  undo.push(() => void execFileSync('umount', ['-l', folder]))
  await createBook(folder, contents)
  const { book } = openBook(folder)
  const ballast = join(folder, 'ballast')
  expect(() => writeFileSync(ballast, Buffer.alloc(2 ** 20))).toThrow('ENOSPC')
  // Room for a byte, and not for the record.
  truncateSync(ballast, statSync(ballast).size - 2 * 4096)
  const long: Entry = { index: 1, term: 1, body: { type: 'assign', group: 'web', node: null, cause: 'x'.repeat(200_000) } }
  expect(() => book.apply([{ id: 1, hard: { term: 12, votedFor: null }, entries: [long] }])).toThrow(
    /^ENOSPC: no space left on device, write/,
  )
  rmSync(ballast)
  book.apply([{ id: 1, entries: [entry(1, 1)] }])
  await book.close()
  const again = openBook(folder)
  await again.book.close()
  expect(again.contents.stored).toEqual({ ...contents.stored, entries: [entry(1, 1)] })
})

test('a file system that takes no write any more is noticed before LMDB writes, also by a book that was opened long before', async () => {
  const place = newFolder()
  const [image, folder] = [join(place, 'disk.img'), join(place, 'disk')]
  mkdirSync(folder)
  writeFileSync(image, '')
  truncateSync(image, 8 * 2 ** 20)
  execFileSync('mkfs.ext4', ['-q', image])
  execFileSync('mount', ['-o', 'loop,errors=remount-ro', image, folder])
  undo.push(() => void execFileSync('umount', ['-l', folder]))
  await createBook(folder, contents)
  const { book } = openBook(folder)
  book.apply([{ id: 1, entries: [entry(1, 1)] }])
  const device = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .find(([, at]) => at === folder)?.[0]
  writeFileSync(`/sys/fs/ext4/${basename(device ?? '')}/trigger_fs_error`, 'broken by a test')
  // The words of the file system, and not those of LMDB: making these may damage the heap.
  expect(() => book.apply([{ id: 2, entries: [entry(2, 1)] }])).toThrow(/^EROFS: read-only file system, (write|access)/)
  await book.close()
})
