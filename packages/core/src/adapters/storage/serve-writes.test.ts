import { once } from 'node:events'
import { copyFileSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MessageChannel } from 'node:worker_threads'
import { afterEach, expect, test } from 'vitest'
import type { Entry, Write } from '../../model/index.ts'
import { sampleSpec } from '../../testing/fuzz/samples.ts'
import { bookName } from './book-name.ts'
import { createBook, openBook, type Book } from './book.ts'
import { bookFormat, type Contents } from './contents.ts'
import { readFolder } from './read-folder.ts'
import { serveWrites } from './serve-writes.ts'
import type { FromThread, ToThread } from './thread.ts'

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
const entry = (index: number): Entry => ({ index, term: 3, body: { type: 'noop' } })

/** What a disk does to a transaction: takes it, refuses it, or takes it and says that it failed. */
type Fate = 'taken' | 'refused' | 'taken, but said to have failed'

/** The book of the folder, of whose transactions the first ones meet these fates. */
function troubled(folder: string, fates: Fate[]): Book {
  const { book } = openBook(folder)
  return {
    ...book,
    apply(writes) {
      const fate = fates.shift() ?? 'taken'
      if (fate !== 'refused') book.apply(writes)
      if (fate !== 'taken') throw new Error(`EIO: ${fate}`)
    },
  }
}

interface Served {
  readonly said: readonly FromThread[]
  write(write: Write): void
  close(): Promise<void>
}

async function serveAt(folder: string, fates: Fate[]): Promise<Served> {
  await createBook(folder, contents)
  const { port1: ours, port2: theirs } = new MessageChannel()
  undo.push(() => ours.close())
  const said: FromThread[] = []
  ours.on('message', (message: FromThread) => void said.push(message))
  const reopen = (): Book => troubled(folder, fates)
  serveWrites({ port: theirs, opened: reopen(), reopen, onEnd: () => theirs.close() })
  const send = (message: ToThread): void => ours.postMessage(message)
  return {
    said,
    write: (write) => send({ type: 'write', write }),
    async close() {
      send({ type: 'close' })
      await once(theirs, 'close')
    },
  }
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'movip-serving-'))
  undo.push(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const persisted = ({ said }: Served): number[] => said.flatMap((message) => (message.type === 'persisted' ? [message.id] : []))

test('a batch that reached the disk although its transaction was said to have failed is not written twice, and what comes later follows on it', async () => {
  const folder = newFolder()
  const served = await serveAt(folder, ['taken', 'taken, but said to have failed'])
  served.write({ id: 1, entries: [entry(1)] })
  await expect.poll(() => persisted(served)).toEqual([1])
  served.write({ id: 2, hard: { term: 10, votedFor: 'b' }, entries: [entry(2)] })
  await expect.poll(() => served.said.at(-1)).toEqual({ type: 'failing', reason: 'EIO: taken, but said to have failed' })
  served.write({ id: 3, entries: [entry(3)] })
  await expect.poll(() => persisted(served), { timeout: 3000 }).toEqual([1, 3])
  await served.close()
  expect((await readFolder(folder)).stored).toEqual({
    ...contents.stored,
    hard: { term: 10, votedFor: 'b' },
    entries: [entry(1), entry(2), entry(3)],
  })
})

test('a batch found on the disk counts as durable only once a further transaction has gone through: the root that was found may be in memory alone', async () => {
  const folder = newFolder()
  const fates: Fate[] = ['taken, but said to have failed', 'refused', 'refused', 'taken, but said to have failed']
  const served = await serveAt(folder, fates)
  served.write({ id: 1, entries: [entry(1), entry(2)] })
  await expect.poll(() => persisted(served), { timeout: 5000 }).toEqual([1])
  expect(fates).toEqual([])
  expect(served.said.filter(({ type }) => type === 'failing')).toHaveLength(4)
  await served.close()
  expect((await readFolder(folder)).stored.entries).toEqual([entry(1), entry(2)])
})

test('a batch that did not reach the disk is written as it was asked, before anything later', async () => {
  const folder = newFolder()
  const served = await serveAt(folder, ['refused', 'refused'])
  served.write({ id: 1, entries: [entry(1)] })
  await expect.poll(() => served.said.length).toBe(1)
  served.write({ id: 2, cutFrom: 1, entries: [entry(1), entry(2)].map((each) => ({ ...each, term: 4 })) })
  await expect.poll(() => persisted(served), { timeout: 3000 }).toEqual([2])
  await served.close()
  expect((await readFolder(folder)).stored.entries.map(({ term }) => term)).toEqual([4, 4])
})

test('a file that after a failed batch ends before what had gone through is not gone on with', async () => {
  const folder = newFolder()
  const served = await serveAt(folder, ['taken', 'refused'])
  const [path, older] = [join(folder, bookName), join(folder, 'older')]
  copyFileSync(path, older)
  served.write({ id: 1, entries: [entry(1)] })
  await expect.poll(() => persisted(served)).toEqual([1])
  copyFileSync(path, join(folder, 'newer'))
  served.write({ id: 2, hard: { term: 10, votedFor: 'b' } })
  await expect.poll(() => served.said.at(-1)?.type).toBe('failing')
  renameSync(older, path)
  const reason = 'the last transaction on the disk is 1, but 2 had gone through'
  await expect.poll(() => served.said.at(-1), { timeout: 3000 }).toEqual({ type: 'failing', reason })
  renameSync(join(folder, 'newer'), path)
  await expect.poll(() => persisted(served), { timeout: 3000 }).toEqual([1, 2])
  await served.close()
  expect((await readFolder(folder)).stored).toEqual({ ...contents.stored, hard: { term: 10, votedFor: 'b' }, entries: [entry(1)] })
})
