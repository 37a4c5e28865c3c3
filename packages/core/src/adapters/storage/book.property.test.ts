import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Entry, Stored, Write } from '../../model/index.ts'
import { sampleSpec } from '../../testing/fuzz/samples.ts'
import { createBook, openBook } from './book.ts'
import { bookFormat, type Meta } from './contents.ts'
import { Tally } from './tally.ts'

const state = { spec: sampleSpec, assignments: {}, bindings: {}, longestLeaseMs: 1000 }
const empty: Stored = { hard: { term: 0, votedFor: null }, snapshot: { index: 0, term: 0, state }, entries: [] }
const term = 1

/** What is done to the log; how far a cut or a snapshot reaches is a share of what is there. */
type Step =
  | { readonly type: 'append'; readonly causes: readonly string[] }
  | { readonly type: 'cut'; readonly share: number; readonly causes: readonly string[] }
  | { readonly type: 'snapshot'; readonly share: number; readonly ahead: number }
  | { readonly type: 'hard'; readonly term: number }
const causes = fc.array(fc.string({ maxLength: 300 }), { maxLength: 12 })
const share = fc.double({ min: 0, max: 1, noNaN: true })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constant('append' as const), causes }) },
  fc.record({ type: fc.constant('cut' as const), share, causes }),
  fc.record({ type: fc.constant('snapshot' as const), share, ahead: fc.oneof(fc.constant(0), fc.nat({ max: 5 })) }),
  fc.record({ type: fc.constant('hard' as const), term: fc.integer({ min: term, max: 9 }) }),
)
/** Transactions of one or several steps; after some of them the book is closed and opened again. */
const transactions = fc.array(
  fc.record({ steps: fc.array(step, { minLength: 1, maxLength: 4 }), isRefused: fc.boolean(), isReopened: fc.boolean() }),
  { maxLength: 25 },
)

const entriesFrom = (first: number, texts: readonly string[]): Entry[] =>
  texts.map((cause, at) => ({ index: first + at, term, body: { type: 'assign', group: 'web', node: null, cause } }))

/** A write that makes the step, and what is stored after it, reckoned without a book. */
function planned(done: Step, before: Stored): { readonly write: Omit<Write, 'id'>; readonly after: Stored } {
  const { snapshot, entries } = before
  const last = snapshot.index + entries.length
  switch (done.type) {
    case 'append': {
      const more = entriesFrom(last + 1, done.causes)
      return { write: { entries: more }, after: { ...before, entries: [...entries, ...more] } }
    }
    case 'cut': {
      const kept = Math.floor(entries.length * done.share)
      const cutFrom = snapshot.index + kept + 1
      const more = entriesFrom(cutFrom, done.causes)
      return { write: { cutFrom, entries: more }, after: { ...before, entries: [...entries.slice(0, kept), ...more] } }
    }
    case 'snapshot': {
      const covered = Math.floor(entries.length * done.share)
      const index = covered < entries.length ? snapshot.index + covered : last + done.ahead
      const newer = { index, term, state }
      return { write: { snapshot: newer }, after: { ...before, snapshot: newer, entries: entries.slice(index - snapshot.index) } }
    }
    case 'hard': {
      const hard = { term: done.term, votedFor: 'b' }
      return { write: { hard }, after: { ...before, hard } }
    }
  }
}

test('after any transactions a book says what was written, and its seal, carried on, is the one made of all its records', async () => {
  const place = mkdtempSync('/dev/shm/movip-books-')
  let books = 0
  try {
    await fc.assert(
      fc.asyncProperty(transactions, async (all) => {
        const folder = mkdtempSync(join(place, `${books++}-`))
        let meta: Meta = { format: bookFormat, cluster: 'shop', node: 'a', dataId: '1f0c', generation: 0 }
        let stored: Stored = { ...empty, hard: { term, votedFor: null } }
        await createBook(folder, { meta, stored })
        let { book } = openBook(folder)
        const reopen = async (): Promise<void> => {
          await book.close()
          const opened = openBook(folder)
          ;({ book } = opened)
          expect(opened.contents).toEqual({ meta, stored })
          meta = { ...meta, generation: meta.generation + 1 }
          book.setMeta(meta)
        }
        for (const { steps, isRefused, isReopened } of all) {
          let after = stored
          const writes = steps.map((each): Write => {
            const plan = planned(each, after)
            after = plan.after
            return { id: 1, ...plan.write }
          })
          if (isRefused) {
            const beyond = after.snapshot.index + after.entries.length + 2
            expect(() => book.apply([...writes, { id: 2, entries: entriesFrom(beyond, ['']) }])).toThrow('does not follow')
          } else {
            book.apply(writes)
            stored = after
          }
          if (isReopened) await reopen()
        }
        await reopen()
        await book.close()
        rmSync(folder, { recursive: true })
      }),
      { numRuns: 60 },
    )
  } finally {
    rmSync(place, { recursive: true })
  }
})

test('a tally carried on from change to change is that of the records made anew, and one that was not kept changes nothing', () => {
  const key = fc.constantFrom('hard', 'meta', 'entry/1', 'entry/2', 'entry/3')
  const change = fc.array(fc.tuple(key, fc.option(fc.uint8Array({ minLength: 1, maxLength: 40 }))), { maxLength: 6 })
  fc.assert(
    fc.property(fc.array(fc.tuple(change, fc.boolean())), (changes) => {
      const carried = new Tally([])
      let records = new Map<string, Uint8Array>()
      for (const [pairs, isKept] of changes) {
        const written = new Map(pairs)
        const next = new Map(records)
        for (const [name, bytes] of written) {
          if (bytes === null) next.delete(name)
          else next.set(name, bytes)
        }
        const after = carried.after(written)
        expect(after.sum).toBe(tallyOf(next).sum)
        if (isKept) {
          after.keep()
          records = next
        }
        expect(carried.sum).toBe(tallyOf(records).sum)
      }
    }),
  )
})

test('a tally does not depend on the order, and tells a record that is missing, doubled or older', () => {
  const record = (name: string): { key: string; value: Buffer } => ({ key: name, value: Buffer.from(`${name} whole`) })
  const [a, b, c] = [record('a'), record('b'), record('c')]
  const { sum } = new Tally([a, b, c])
  expect(new Tally([c, a, b]).sum).toBe(sum)
  for (const other of [
    [a, b],
    [a, b, c, c],
    [a, b, c, c, c],
    [a, b, { ...c, value: Buffer.from('c older') }],
  ])
    expect(new Tally(other).sum).not.toBe(sum)
})

function tallyOf(records: ReadonlyMap<string, Uint8Array>): Tally {
  return new Tally([...records].map(([key, value]) => ({ key, value })))
}
