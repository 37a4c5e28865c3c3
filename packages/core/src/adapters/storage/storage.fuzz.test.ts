import { fork, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, it } from 'vitest'
import { assertHolds } from '../../testing/fuzz/fuzz.ts'
import { mutatedBytes, mutatedJson } from '../../testing/fuzz/mutations.ts'
import { sampleSpec, sampleStored } from '../../testing/fuzz/samples.ts'
import { bookName } from './book-name.ts'
import { createBook, openBook } from './book.ts'
import { bookFormat, contentsOf, entryKey, type Contents } from './contents.ts'
import { checkShape } from './contents-schema.ts'
import { StorageError } from './error.ts'
import { readFolder } from './read-folder.ts'
import { decodeRecord, encodeRecord } from './record.ts'

const corpus = new URL('../../../corpus/', import.meta.url)
const contents: Contents = { meta: { format: bookFormat, cluster: 'shop', node: 'a', dataId: '1f0c', generation: 3 }, stored: sampleStored }
const { hard, snapshot, entries } = sampleStored
const pairs: readonly (readonly [string, object])[] = [
  ['meta', contents.meta],
  ['hard', hard],
  ['snapshot', snapshot],
  ['extent', { first: 13, last: 17 }],
  ...entries.map((entry) => [entryKey(entry.index), entry] as const),
]
/** With the right checksum, whatever the body is. */
const sealed = (body: Uint8Array): Buffer => Buffer.concat([Buffer.from(crc32(body).toString(16).padStart(8, '0')), body])

it('a stored record: no bytes throw, and none are taken whose checksum is wrong', async () => {
  const bodies = pairs.map(([key, value]) => [{ key, value }])
  const written = pairs.map(([key, value]) => encodeRecord(key, value))
  const record = fc.oneof(
    mutatedBytes(fc, written, ['{"key":', '"value":', 'null', '00000000']),
    mutatedJson(fc, bodies).map(sealed),
    mutatedBytes(
      fc,
      written.map((bytes) => bytes.subarray(8)),
    ).map(sealed),
  )
  await assertHolds(fc, {
    name: 'stored-record',
    corpus,
    cases: fc.tuple(record),
    check([bytes = new Uint8Array()]) {
      for (const [key] of pairs) {
        const read = decodeRecord(key, bytes)
        if ('damage' in read) continue
        if (typeof read.value !== 'object') throw new Error(`the value of "${key}" is no record`)
        if (!sealed(bytes.subarray(8)).equals(bytes)) throw new Error(`a record "${key}" with the wrong checksum`)
      }
    },
  })
})

it('the records of a folder, whole or not: what does not make one sound state is refused with a StorageError', async () => {
  await assertHolds(fc, {
    name: 'stored-records',
    corpus,
    // One document a line: its key, then its value; every record bears a right checksum.
    cases: fc.tuple(mutatedJson(fc, [pairs.map(([key, value]) => ({ key, value }))])),
    check([bytes = new Uint8Array()]) {
      const records = new Map<string, Uint8Array>()
      for (const line of Buffer.from(bytes).toString().split('\n')) {
        const key = /"key":"((?:entry\/\d{16})|\w+)"/.exec(line)?.[1] ?? 'meta'
        records.set(key, sealed(Buffer.from(line)))
      }
      assertSound([...records].map(([key, value]) => ({ key, value })))
    },
  })
})

/** Either it is refused in our words, or it is a state that a node can begin with. */
function assertSound(records: readonly { readonly key: string; readonly value: Uint8Array }[]): void {
  let read: Contents
  try {
    read = contentsOf(records, '/data')
    checkShape(read, '/data')
  } catch (error) {
    if (error instanceof StorageError && ['STORAGE_CORRUPT', 'STORAGE_FORMAT'].includes(error.code) && error.fix !== '') return
    throw error
  }
  const { stored } = read
  const last = stored.snapshot.index + stored.entries.length
  const terms = [stored.snapshot.term, ...stored.entries.map(({ term }) => term), stored.hard.term]
  if (stored.entries.some(({ index }, at) => index !== stored.snapshot.index + 1 + at)) throw new Error(`a log with a gap before ${last}`)
  if (terms.some((term, at) => term < (terms[at - 1] ?? 0))) throw new Error(`terms that go back: ${terms.join()}`)
}

/** A process that reads folders, and another one when a folder has ended it. */
class Reader {
  #child: ChildProcess | null = null
  ended = 0

  read(folder: string): Promise<unknown> {
    const child = (this.#child ??= fork(new URL('./reader-for-tests.ts', import.meta.url), { execArgv: [], stdio: 'ignore' }))
    return new Promise((resolve) => {
      const onEnd = (code: number | null, signal: string | null): void => {
        this.#child = null
        this.ended += 1
        child.off('message', onAnswer)
        resolve(signal === null ? { thrown: `the reader ended with code ${code}` } : { signal })
      }
      const onAnswer = (answer: unknown): void => {
        child.off('exit', onEnd)
        resolve(answer)
      }
      child.once('exit', onEnd)
      child.once('message', onAnswer)
      // Should it have ended in this moment, its end tells.
      child.send(folder, () => undefined)
    })
  }
  close(): void {
    this.#child?.kill('SIGKILL')
  }
}

const reader = new Reader()
let folder = ''
let file: Buffer
let original: unknown
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'movip-fuzz-'))
  const state = { ...snapshot.state, spec: sampleSpec }
  await createBook(folder, {
    ...contents,
    stored: { hard: { term: 0, votedFor: null }, snapshot: { index: 0, term: 0, state }, entries: [] },
  })
  const { book } = openBook(folder)
  book.apply([{ id: 1, hard: { term: 2, votedFor: 'b' } }])
  book.apply([{ id: 2, snapshot }])
  book.apply([{ id: 3, hard, entries }])
  await book.close()
  file = readFileSync(join(folder, bookName))
  original = JSON.parse(JSON.stringify(await readFolder(folder))) as unknown
})
afterAll(() => {
  reader.close()
  rmSync(folder, { recursive: true, force: true })
})

/** What is done to the file: bits flipped at places, a page of zeros, the end cut off, bytes put behind it. */
interface Damage {
  readonly flips?: readonly (readonly [number, number])[]
  readonly zeroPage?: number
  readonly cutAt?: number
  readonly tail?: number
}

function damaged({ flips = [], zeroPage, cutAt, tail = 0 }: Damage): Buffer {
  const bytes = Buffer.concat([file.subarray(0, cutAt ?? file.length), Buffer.alloc(tail, 0xa5)])
  for (const [place, bits] of flips) if (place < bytes.length) bytes[place] = (bytes[place] ?? 0) ^ bits
  return zeroPage === undefined
    ? bytes
    : bytes.fill(0, Math.min(bytes.length, zeroPage * pageBytes), Math.min(bytes.length, (zeroPage + 1) * pageBytes))
}

const pageBytes = 4096
const pages = fc.nat({ max: 8 })
/** The two roots and the headers of pages more often than their share of the file would have it. */
const place = fc.oneof(
  fc.nat({ max: 8 * pageBytes }),
  fc.tuple(pages, fc.nat({ max: 200 })).map(([page, within]) => page * pageBytes + within),
  fc.tuple(fc.nat({ max: 1 }), fc.nat({ max: 200 })).map(([page, within]) => page * pageBytes + within),
)
const flips = fc.array(fc.tuple(place, fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 3 })
const damage: fc.Arbitrary<Damage> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ flips }) },
  fc.record({ zeroPage: pages }),
  fc.record({ cutAt: fc.nat({ max: 8 * pageBytes }) }),
  fc.record({ tail: fc.nat({ max: 2 * pageBytes }), flips }),
)

it('the file of a data folder, garbled anywhere: it is refused, or says what it said before', async () => {
  const path = join(folder, bookName)
  await assertHolds(fc, {
    name: 'data-file',
    corpus,
    costly: true,
    caseMsMax: 20_000,
    cases: damage.map((done) => [Buffer.from(JSON.stringify(done))]),
    async check([bytes = new Uint8Array()]) {
      rmSync(`${path}-lock`, { force: true })
      writeFileSync(path, damaged(JSON.parse(Buffer.from(bytes).toString()) as Damage))
      const answer = (await reader.read(folder)) as { contents?: unknown; refused?: string; signal?: string }
      if (answer.signal !== undefined || answer.refused === 'STORAGE_CORRUPT') return
      if (answer.contents === undefined) throw new Error(`the reader says ${JSON.stringify(answer)}`)
      if (!isDeepStrictEqual(answer.contents, original)) throw new Error('another state was read from a garbled file')
    },
  })
})
