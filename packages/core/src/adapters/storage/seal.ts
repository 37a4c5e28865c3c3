import { corrupt } from './error.ts'
import { checksumOf, decodeRecord } from './record.ts'

/**
 * The record that says what all others amount to, rewritten with each transaction: a page that was lost, or that a garbled pointer
 * put in another's place, may hold records that are whole and were right once.
 */
export interface Seal {
  /** LMDB's number of the transaction that wrote it. */
  readonly transaction: number
  /** The checksums of all other records, each folded in by exclusive or. */
  readonly sum: number
}

export const sealKey = 'seal'

interface Found {
  readonly key: unknown
  readonly value: Uint8Array
}

/** A sum with one record replaced, added or taken away. */
export function resealed(sum: number, before: Uint8Array | undefined, after: Uint8Array | undefined): number {
  return (sum ^ (before === undefined ? 0 : checksumOf(before)) ^ (after === undefined ? 0 : checksumOf(after))) >>> 0
}

/** All records but the seal, and their sum. Throws a StorageError where the seal is not theirs, or not of the newest transaction. */
export function unseal(
  found: Iterable<Found>,
  newest: number,
  folder: string,
): { readonly records: readonly Found[]; readonly sum: number } {
  const all = [...found]
  const records = all.filter(({ key }) => key !== sealKey)
  const sum = records.reduce((sofar, { value }) => resealed(sofar, undefined, value), 0)
  const bytes = all.find(({ key }) => key === sealKey)?.value
  if (bytes === undefined) throw corrupt(folder, `record "${sealKey}" is missing`)
  const read = decodeRecord(sealKey, bytes)
  if ('damage' in read) throw corrupt(folder, read.damage)
  const seal = read.value as Partial<Seal>
  if (seal.transaction !== newest)
    throw corrupt(folder, `its records are of transaction ${String(seal.transaction)}, but the last one was ${newest}`)
  if (seal.sum !== sum) throw corrupt(folder, 'some of its records are older than others, or missing')
  return { records, sum }
}
