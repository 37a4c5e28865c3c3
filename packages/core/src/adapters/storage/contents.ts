import type { Entry, HardState, Index, Snapshot, Stored } from '../../model/index.ts'
import { corrupt, ofOtherVersion } from './error.ts'
import type { Extent } from './order.ts'
import { decodeRecord } from './record.ts'

export const bookFormat = 3
/** Is read, too: its seal alone is made in another way. The first transaction at opening writes the folder anew as `bookFormat`. */
export const formerFormat = 2

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

export const entryKey = (index: Index): string => `entry/${String(index).padStart(16, '0')}`

/** What the records of a folder amount to. Throws a StorageError if they do not make one whole. */
export function contentsOf(found: Iterable<{ readonly key: unknown; readonly value: Uint8Array }>, folder: string): Contents {
  const records = new Map<string, Uint8Array>()
  for (const { key, value } of found) records.set(String(key), value)
  const take = (key: string): object => {
    const bytes = records.get(key)
    if (bytes === undefined) throw corrupt(folder, `record "${key}" is missing`)
    records.delete(key)
    const record = decodeRecord(key, bytes)
    if ('damage' in record) throw corrupt(folder, record.damage)
    return record.value
  }
  /** What is computed with below; a number of any other kind would be taken for one, or end the reader. */
  const demandCounts = (key: string, ...values: readonly unknown[]): void => {
    if (!values.every(Number.isSafeInteger)) throw corrupt(folder, `record "${key}" does not hold the numbers that it should`)
  }
  const meta = take('meta') as Meta
  demandCounts('meta', meta.format)
  // Before anything else is judged: what is whole in another format may look damaged to this one.
  if (![bookFormat, formerFormat].includes(meta.format)) throw ofOtherVersion(folder, { found: meta.format, expected: bookFormat })
  demandCounts('meta', meta.generation)
  const hard = take('hard') as HardState
  const snapshot = take('snapshot') as Snapshot
  const extent = take('extent') as Extent
  demandCounts('hard', hard.term)
  demandCounts('snapshot', snapshot.index, snapshot.term)
  demandCounts('extent', extent.first, extent.last)
  if (extent.first !== snapshot.index + 1) {
    throw corrupt(folder, `its log begins at ${extent.first}, expected ${snapshot.index + 1}, right after the snapshot`)
  }
  const entries: Entry[] = []
  for (let index = extent.first; index <= extent.last; index++) {
    const entry = take(entryKey(index)) as Entry
    demandCounts(entryKey(index), entry.index, entry.term)
    entries.push(entry)
  }
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
