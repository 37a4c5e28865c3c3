import { execFileSync, fork, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { afterEach, expect, test, vi } from 'vitest'
import type { ClusterSpec, Entry, Write } from '../../model/index.ts'
import type { Storage } from '../../ports.ts'
import { inspectFolder } from './inspect-folder.ts'
import { openStorage } from './open-storage.ts'

const spec: ClusterSpec = {
  name: 'shop',
  timing: { heartbeatMs: 100, leaseMs: 1000, electionMs: 900, driftPpmMax: 1000 },
  nodes: [{ id: 'a', site: 'x', address: '127.0.0.1', voter: true, witness: false }],
  groups: [],
}
const undo: (() => void | Promise<void>)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step()
})

function newFolder(): string {
  const parent = mkdtempSync(join(tmpdir(), 'movip-storage-'))
  undo.push(() => rmSync(parent, { recursive: true, force: true }))
  return join(parent, 'data')
}
async function openAt(folder: string, node = 'a', cluster = 'shop'): Promise<Storage> {
  const storage = await openStorage({ folder, node, cluster, bootstrap: () => spec })
  undo.push(() => storage.close())
  return storage
}
function entry(index: number, term = 1): Entry {
  return { index, term, body: { type: 'assign', group: 'web', node: 'a', cause: `entry ${index}` } }
}
/** Starts the writes and waits until the last of them is durable. */
async function writeAll(storage: Storage, ...writes: Write[]): Promise<void> {
  const last = writes.at(-1)?.id
  await new Promise<void>((resolve) => {
    storage.onPersisted((id) => id === last && resolve())
    for (const write of writes) storage.write(write)
  })
}
function copyOf(folder: string): Record<string, string> {
  const names = readdirSync(folder).filter((name) => !name.endsWith('-lock') && name !== 'movip.lock')
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name)).toString('base64')]))
}

test('no file of the folder is mapped for writing: whoever waits for its disk in such a map keeps the whole process from starting another', async () => {
  const folder = newFolder()
  const storage = await openAt(folder)
  await writeAll(storage, { id: 1, entries: [entry(1)] })
  const mapped = readFileSync('/proc/self/maps', 'utf8')
    .split('\n')
    .filter((line) => line.includes(folder))
  expect(mapped.filter((line) => / r--s /.test(line))).not.toEqual([])
  expect(mapped.filter((line) => / .w.s /.test(line))).toEqual([])
})

test('a new folder is private, begins with the bootstrap configuration, and starts its first life', async () => {
  const folder = newFolder()
  const storage = await openAt(folder)
  expect(statSync(folder).mode & 0o777).toBe(0o700)
  expect(storage.incarnation.generation).toBe(1)
  expect(storage.stored).toEqual({
    hard: { term: 0, votedFor: null },
    snapshot: { index: 0, term: 0, state: { spec, assignments: {}, bindings: {}, longestLeaseMs: 1000 } },
    entries: [],
  })
})

test('what was persisted is there at the next start, under the same data id and a generation one higher', async () => {
  const folder = newFolder()
  const first = await openAt(folder)
  await writeAll(
    first,
    { id: 1, hard: { term: 3, votedFor: 'a' } },
    { id: 2, entries: [entry(1), entry(2), entry(3, 2)] },
    { id: 3, cutFrom: 3, entries: [entry(3, 3), entry(4, 3)] },
  )
  await first.close()
  const second = await openAt(folder)
  expect(second.incarnation).toEqual({ dataId: first.incarnation.dataId, generation: 2 })
  expect(second.stored.hard).toEqual({ term: 3, votedFor: 'a' })
  expect(second.stored.entries).toEqual([entry(1), entry(2), entry(3, 3), entry(4, 3)])
})

test('a snapshot replaces the entries it covers and keeps those after it', async () => {
  const folder = newFolder()
  const first = await openAt(folder)
  const snapshot = { index: 2, term: 1, state: first.stored.snapshot.state }
  await writeAll(
    first,
    { id: 1, hard: { term: 1, votedFor: null }, entries: [entry(1), entry(2), entry(3)] },
    { id: 2, snapshot, compactTo: 2 },
  )
  await first.close()
  const second = await openAt(folder)
  expect(second.stored.snapshot).toEqual(snapshot)
  expect(second.stored.entries).toEqual([entry(3)])
  const further = { ...snapshot, index: 9 }
  await writeAll(second, { id: 1, snapshot: further, cutFrom: 3 }, { id: 2, entries: [entry(10)] })
  await second.close()
  expect((await openAt(folder)).stored).toMatchObject({ snapshot: { index: 9 }, entries: [{ index: 10 }] })
})

test('a write out of turn or a hole in the log is a fault of the caller and throws at once', async () => {
  const storage = await openAt(newFolder())
  storage.write({ id: 1, hard: { term: 1, votedFor: null } })
  expect(() => storage.write({ id: 3 })).toThrow('write 3 was started where write 2 is due')
  expect(() => storage.write({ id: 2, entries: [entry(2)] })).toThrow('entry 2 does not follow on entry 0')
})

test('a second opener of the same folder is refused with the process id of the first, and let in after it closed', async () => {
  const folder = newFolder()
  const first = await openAt(folder)
  await expect(openAt(folder)).rejects.toMatchObject({ code: 'STORAGE_LOCKED', message: expect.stringContaining(String(process.pid)) })
  await first.close()
  expect((await openAt(folder)).incarnation.generation).toBe(2)
})

function startHolder(folder: string): ChildProcess {
  const script = `
    import { openStorage } from ${JSON.stringify(join(import.meta.dirname, 'open-storage.ts'))}
    const storage = await openStorage({ folder: ${JSON.stringify(folder)}, node: 'a', cluster: 'shop', bootstrap: () => (${JSON.stringify(spec)}) })
    let id = 0
    storage.onPersisted((id) => process.send(id))
    process.on('message', () => storage.write({ id: ++id, entries: [{ index: id, term: 0, body: { type: 'noop' } }] }))
    process.send('open')`
  const path = join(folder, '..', 'holder.ts')
  writeFileSync(path, script)
  const child = fork(path, { execArgv: [] })
  undo.push(() => void child.kill('SIGKILL'))
  return child
}

test('the lock holds against a frozen holder and from another network namespace, and is gone with a killed one', async () => {
  const folder = newFolder()
  const child = startHolder(folder)
  await once(child, 'message')
  child.kill('SIGSTOP')
  await expect(openAt(folder)).rejects.toMatchObject({ code: 'STORAGE_LOCKED', message: expect.stringContaining(String(child.pid)) })
  const lock = join(folder, 'movip.lock')
  expect(() => execFileSync('unshare', ['--net', 'flock', '--nonblock', lock, 'true'], { stdio: 'pipe' })).toThrow()
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect((await openAt(folder)).incarnation.generation).toBe(2)
})

test('every entry reported as persisted survives kill -9 in the middle of writing', async () => {
  const folder = newFolder()
  const child = startHolder(folder)
  let reported = 0
  child.on('message', (id) => void (reported = Number(id) || reported))
  await once(child, 'message')
  for (let count = 0; count < 500; count++) child.send('write')
  await vi.waitUntil(() => reported > 20, { timeout: 5000, interval: 1 })
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect((await openAt(folder)).stored.entries.length).toBeGreaterThanOrEqual(reported)
})

test('a folder of another node or cluster, and one with strange files, is refused and left as it is', async () => {
  const folder = newFolder()
  await (await openAt(folder)).close()
  const before = copyOf(folder)
  await expect(openAt(folder, 'b')).rejects.toMatchObject({
    code: 'STORAGE_FOREIGN',
    message: expect.stringContaining('node "a" of cluster "shop"'),
  })
  await expect(openAt(folder, 'a', 'other')).rejects.toMatchObject({ code: 'STORAGE_FOREIGN' })
  expect(copyOf(folder)).toEqual(before)
  const strange = newFolder()
  mkdirSync(strange)
  writeFileSync(join(strange, 'letter.txt'), 'dear')
  await expect(openAt(strange)).rejects.toMatchObject({ code: 'STORAGE_FOREIGN', message: expect.stringContaining('letter.txt') })
  expect(readdirSync(strange)).toEqual(['letter.txt'])
})

test(
  'a truncated, emptied or overwritten file, and a single flipped bit in a value, are refused as corrupt and left as they are',
  { timeout: 30_000 },
  async () => {
    const folder = newFolder()
    const storage = await openAt(folder)
    await writeAll(storage, { id: 1, hard: { term: 1, votedFor: null }, entries: Array.from({ length: 200 }, (_, at) => entry(at + 1)) })
    await storage.close()
    const path = join(folder, 'log.mdb')
    const good = readFileSync(path)
    const flipped = Buffer.from(good)
    flipped[good.lastIndexOf('entry 17') + 6]! ^= 1
    const damages: Record<string, () => void> = {
      'cut off': () => truncateSync(path, 5 * 4096),
      beheaded: () => truncateSync(path, 5000),
      emptied: () => truncateSync(path, 0),
      overwritten: () => writeFileSync(path, Buffer.alloc(good.length, 'garbage')),
      'rolled back to the older root': () => writeFileSync(path, rolledBack(good)),
      flipped: () => writeFileSync(path, flipped),
    }
    for (const [name, damage] of Object.entries(damages)) {
      writeFileSync(path, good)
      damage()
      const before = copyOf(folder)
      await expect(openAt(folder), name).rejects.toMatchObject({
        code: 'STORAGE_CORRUPT',
        fix: expect.stringContaining('A lost data folder'),
      })
      expect(JSON.stringify(copyOf(folder)) === JSON.stringify(before), name).toBe(true)
    }
    writeFileSync(path, good)
    expect((await openAt(folder)).stored.entries).toHaveLength(200)
  },
)

/** Spoils the number of the newer root, so that LMDB would silently take the older one. */
function rolledBack(good: Buffer): Buffer {
  const bytes = Buffer.from(good)
  const newer = bytes.readBigUInt64LE(152) > bytes.readBigUInt64LE(4096 + 152) ? 152 : 4096 + 152
  bytes.writeBigUInt64LE(0n, newer)
  return bytes
}

function mountSmall(): string {
  const folder = newFolder()
  mkdirSync(folder)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder])
  undo.push(() => void execFileSync('umount', ['-l', folder]))
  return folder
}

test('a full disk delays writes, keeps their order, says so, and lets them through once there is room', async () => {
  const folder = mountSmall()
  const storage = await openAt(folder)
  const failing: (string | null)[] = []
  storage.onFailing((reason) => failing.push(reason))
  const persisted: number[] = []
  storage.onPersisted((id) => persisted.push(id))
  try {
    writeFileSync(join(folder, 'filler'), Buffer.alloc(2 ** 20))
  } catch {
    // Filled to the brim, as wanted.
  }
  const entryOf = (index: number): Entry => ({
    index,
    term: 0,
    body: { type: 'assign', group: 'web', node: null, cause: 'x'.repeat(60_000) },
  })
  // More than the room that is kept ahead, already in the first write.
  storage.write({ id: 1, entries: [1, 2, 3].map(entryOf) })
  for (const id of [2, 3]) storage.write({ id, entries: [entryOf(id + 2)] })
  await vi.waitUntil(() => failing.length > 0, { timeout: 3000 })
  expect(failing[0]).toMatch(/No space left/i)
  // Noticed before LMDB writes: its own message about that may damage the heap.
  expect(failing[0]).not.toContain('Attempting to write page')
  expect(persisted).toEqual([])
  storage.write({ id: 4, hard: { term: 7, votedFor: 'a' } })
  rmSync(join(folder, 'filler'))
  await vi.waitUntil(() => persisted.includes(4), { timeout: 3000 })
  expect(failing.at(-1)).toBeNull()
  await storage.close()
  const again = await openAt(folder)
  expect(again.stored.entries.map((each) => each.index)).toEqual([1, 2, 3, 4, 5])
  expect(again.stored.hard.term).toBe(7)
})

test('a disk already full at the start is refused as full', async () => {
  const folder = mountSmall()
  try {
    writeFileSync(join(folder, 'lost+found'), Buffer.alloc(2 ** 20))
  } catch {
    // Filled to the brim, as wanted.
  }
  await expect(openAt(folder)).rejects.toMatchObject({ code: 'STORAGE_FULL' })
})

/** What takes too long on a machine that is busy at that moment is tried again; a loop that waits for the disk stands still each time. */
const TIMED = { timeout: 20_000, retry: 2 }

test('a frozen disk delays writes without ever stopping the event loop, and is reported after a second', TIMED, async () => {
  const folder = newFolder()
  mkdirSync(folder)
  const image = join(folder, '..', 'disk.img')
  writeFileSync(image, '')
  truncateSync(image, 16 * 2 ** 20)
  execFileSync('mkfs.ext4', ['-q', image])
  execFileSync('mount', ['-o', 'loop', image, folder])
  undo.push(() => void execFileSync('umount', ['-l', folder]))
  const storage = await openAt(folder)
  await writeAll(storage, { id: 1, entries: [entry(1, 0)] })
  execFileSync('sync', ['-f', folder])
  execFileSync('fsfreeze', ['--freeze', folder])
  const thaw = spawn('sh', ['-c', `sleep 3; fsfreeze --unfreeze ${folder}`])
  undo.push(async () => void (thaw.exitCode ?? (await once(thaw, 'exit'))))
  const failing: (string | null)[] = []
  storage.onFailing((reason) => failing.push(reason))
  let worstMs = 0
  let last = performance.now()
  const ticker = setInterval(() => {
    worstMs = Math.max(worstMs, performance.now() - last - 10)
    last = performance.now()
  }, 10)
  undo.push(() => clearInterval(ticker))
  const from = performance.now()
  await writeAll(storage, { id: 2, entries: [entry(2, 0)] }, { id: 3, hard: { term: 1, votedFor: null } })
  expect(performance.now() - from).toBeGreaterThan(2000)
  expect(failing).toEqual([expect.stringMatching(/disk has not answered for 1\d\d\d ms/), null])
  expect(worstMs).toBeLessThan(300)
})

test('a folder that may not be written is refused with the next step', async () => {
  const folder = newFolder()
  mkdirSync(folder)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', folder])
  undo.push(() => void execFileSync('umount', ['-l', folder]))
  chmodSync(join(folder, '..'), 0o700)
  await expect(openAt(folder)).rejects.toMatchObject({ code: 'STORAGE_UNREADABLE', fix: expect.stringContaining('writable') })
})

test('a folder that the cluster has refused is not opened again, whatever starts the daemon again', async () => {
  const folder = newFolder()
  const storage = await openAt(folder)
  storage.refuse('STALE_DATA: an older copy')
  await storage.close()
  for (let start = 0; start < 2; start++) {
    await expect(openAt(folder)).rejects.toMatchObject({ code: 'STORAGE_REFUSED', message: expect.stringContaining('an older copy') })
  }
  rmSync(join(folder, 'movip.refused'))
  expect((await openAt(folder)).incarnation.generation).toBe(2)
})

test('a look at a folder says why a daemon could not open it, and changes nothing', async () => {
  const folder = newFolder()
  const owner = { node: 'a', cluster: 'shop' }
  expect(await inspectFolder(folder, owner)).toBeNull()
  expect(readdirSync(join(folder, '..'))).toEqual([])
  const storage = await openAt(folder)
  expect((await inspectFolder(folder, owner))?.code).toBe('STORAGE_LOCKED')
  await storage.close()
  const before = copyOf(folder)
  expect(await inspectFolder(folder, owner)).toBeNull()
  expect((await inspectFolder(folder, { ...owner, node: 'b' }))?.code).toBe('STORAGE_FOREIGN')
  expect(copyOf(folder)).toEqual(before)
  writeFileSync(join(folder, 'movip.refused'), 'surpassed')
  expect((await inspectFolder(folder, owner))?.message).toContain('surpassed')
  rmSync(join(folder, 'movip.refused'))
  truncateSync(join(folder, 'log.mdb'), 9000)
  expect((await inspectFolder(folder, owner))?.code).toBe('STORAGE_CORRUPT')
})
