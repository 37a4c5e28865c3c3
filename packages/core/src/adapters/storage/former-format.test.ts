import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { open } from 'lmdb'
import { afterEach, expect, test } from 'vitest'
import type { Storage } from '../../ports.ts'
import { sampleStored } from '../../testing/fuzz/samples.ts'
import { bookName } from './book-name.ts'
import { openBook } from './book.ts'
import { entryKey } from './contents.ts'
import { inspectFolder } from './inspect-folder.ts'
import { openStorage } from './open-storage.ts'
import { extentOf } from './order.ts'
import { readFolder } from './read-folder.ts'
import { encodeRecord } from './record.ts'

const undo: (() => void | Promise<void>)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step()
})
const owner = { node: 'a', cluster: 'shop' }
const meta = { ...owner, dataId: '1f0c', generation: 3 }
const { hard, snapshot, entries } = sampleStored

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'movip-former-'))
  undo.push(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const recordsOf = (format: number): Map<string, object> =>
  new Map<string, object>([
    ['meta', { format, ...meta }],
    ['hard', hard],
    ['snapshot', snapshot],
    ['extent', extentOf(sampleStored)],
    ...entries.map((entry) => [entryKey(entry.index), entry] as const),
  ])

/** Writes a book in two transactions as the version before did: under a seal that folds the checksums of all records by exclusive or. */
async function writeFormer(folder: string, format: number, spoil: (records: Map<string, Buffer>) => void = () => undefined): Promise<void> {
  const db = open<Buffer, string>({ path: join(folder, bookName), noSubdir: true, encoding: 'binary', overlappingSync: false })
  const records = new Map([...recordsOf(format)].map(([key, value]) => [key, encodeRecord(key, value)]))
  const sum = [...records.values()].reduce((sofar, bytes) => sofar ^ crc32(bytes.subarray(8)), 0) >>> 0
  spoil(records)
  for (const transaction of [1, 2])
    db.transactionSync(() => {
      for (const [key, bytes] of records) db.putSync(key, bytes)
      db.putSync('seal', encodeRecord('seal', { transaction, sum }))
    })
  await db.close()
  rmSync(join(folder, `${bookName}-lock`), { force: true })
}

const bytesOf = (folder: string): string => readFileSync(join(folder, bookName)).toString('base64')

async function openAt(folder: string): Promise<Storage> {
  const storage = await openStorage({
    folder,
    ...owner,
    bootstrap: () => {
      throw new Error('it must not be founded anew')
    },
  })
  undo.push(() => storage.close())
  return storage
}

test('a folder of the former format is the same one after opening: all that it promised, its data id, one life more, and of this format', async () => {
  const folder = newFolder()
  await writeFormer(folder, 2)
  const first = await openAt(folder)
  expect(first.incarnation).toEqual({ dataId: '1f0c', generation: 4 })
  expect(first.stored).toEqual(sampleStored)
  await first.close()
  expect(await readFolder(folder)).toEqual({ meta: { ...meta, format: 3, generation: 4 }, stored: sampleStored })
  const second = await openAt(folder)
  expect(second.incarnation).toEqual({ dataId: '1f0c', generation: 5 })
  expect(second.stored).toEqual(sampleStored)
})

test('a look at a folder of the former format finds nothing amiss and changes nothing', async () => {
  const folder = newFolder()
  await writeFormer(folder, 2)
  const before = bytesOf(folder)
  expect(await inspectFolder(folder, owner)).toBeNull()
  expect((await inspectFolder(folder, { ...owner, node: 'b' }))?.code).toBe('STORAGE_FOREIGN')
  await expect(openStorage({ folder, ...owner, node: 'b', bootstrap: () => snapshot.state.spec })).rejects.toMatchObject({
    code: 'STORAGE_FOREIGN',
  })
  expect(bytesOf(folder) === before).toBe(true)
})

test('a folder of the former format with an older record than its seal says is refused as damaged and left as it is', async () => {
  const folder = newFolder()
  await writeFormer(folder, 2, (records) => records.set('hard', encodeRecord('hard', { ...hard, votedFor: null })))
  const before = bytesOf(folder)
  await expect(openAt(folder)).rejects.toMatchObject({ code: 'STORAGE_CORRUPT', message: expect.stringContaining('older than others') })
  expect(bytesOf(folder) === before).toBe(true)
})

test('a folder of the former format that finds no room at opening stays of that format, whole, and opens when there is room', async () => {
  const folder = newFolder()
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder])
  undo.push(() => void execFileSync('umount', ['-l', folder]))
  await writeFormer(folder, 2)
  expect(() => writeFileSync(join(folder, 'ballast'), Buffer.alloc(2 ** 20))).toThrow('ENOSPC')
  await expect(openAt(folder)).rejects.toMatchObject({ code: 'STORAGE_FULL' })
  expect(await readFolder(folder)).toEqual({ meta: { format: 2, ...meta }, stored: sampleStored })
  rmSync(join(folder, 'ballast'))
  expect((await openAt(folder)).stored).toEqual(sampleStored)
})

test('the book of a folder of the former format takes nothing before its meta is written, which names the format', async () => {
  const folder = newFolder()
  await writeFormer(folder, 2)
  const { book } = openBook(folder)
  expect(() => book.apply([{ id: 1, hard: { term: 99, votedFor: null } }])).toThrow('of format 2 until its meta is written')
  book.setMeta(meta)
  book.apply([{ id: 1, hard: { term: 99, votedFor: null } }])
  await book.close()
  const { meta: now, stored } = await readFolder(folder)
  expect(now.format).toBe(3)
  expect(stored).toEqual({ ...sampleStored, hard: { term: 99, votedFor: null } })
})

test('a folder of any other format is called one of another version, never damaged, with both numbers and what to start, and left as it is', async () => {
  for (const format of [1, 4]) {
    const folder = join(newFolder(), 'data')
    mkdirSync(folder)
    // Its other records and its seal may be anything.
    await writeFormer(folder, format, (records) => records.set('hard', Buffer.from('written in another way')))
    const before = bytesOf(folder)
    const refused = { code: 'STORAGE_FORMAT', fix: expect.stringContaining('start the version of movip that wrote it') }
    await expect(openAt(folder)).rejects.toMatchObject(refused)
    const looked = await inspectFolder(folder, owner)
    expect(looked).toMatchObject(refused)
    expect(looked?.message).toContain(`written by another version of movip: its format is ${format}, this version writes format 3`)
    expect(looked?.message).not.toContain('damaged')
    expect(bytesOf(folder) === before).toBe(true)
  }
})
