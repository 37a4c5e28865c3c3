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

export function sumOf(checksums: Iterable<number>): number {
  let sum = 0
  for (const checksum of checksums) sum ^= checksum
  return sum >>> 0
}

/** All records but the seal, and the checksums of them by their keys. Throws a StorageError where the seal is not theirs, or not of the newest transaction. */
export function unseal(
  found: Iterable<Found>,
  newest: number,
  folder: string,
): { readonly records: readonly Found[]; readonly sums: ReadonlyMap<string, number> } {
  const all = [...found]
  const records = all.filter(({ key }) => key !== sealKey)
  const sums = new Map(records.map(({ key, value }) => [String(key), checksumOf(value)]))
  const bytes = all.find(({ key }) => key === sealKey)?.value
  if (bytes === undefined) throw corrupt(folder, `record "${sealKey}" is missing`)
  const read = decodeRecord(sealKey, bytes)
  if ('damage' in read) throw corrupt(folder, read.damage)
  const seal = read.value as Partial<Seal>
  if (seal.transaction !== newest)
    throw corrupt(folder, `its records are of transaction ${String(seal.transaction)}, but the last one was ${newest}`)
  if (seal.sum !== sumOf(sums.values())) throw corrupt(folder, 'some of its records are older than others, or missing')
  return { records, sums }
}
