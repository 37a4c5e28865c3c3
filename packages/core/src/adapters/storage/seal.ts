import { corrupt } from './error.ts'
import { decodeRecord } from './record.ts'
import type { Found } from './tally.ts'

/**
 * The record that says what all others amount to, rewritten with each transaction: a page that was lost, or that a garbled pointer
 * put in another's place, may hold records that are whole and were right once.
 */
export interface Seal {
  /** LMDB's number of the transaction that wrote it. */
  readonly transaction: number
  /** What all other records amount to: their tally. */
  readonly sum: number
}

export const sealKey = 'seal'

/** Throws a StorageError where the seal is not that of the other records, or not of the newest transaction. */
export function checkSeal(seal: Found | undefined, expected: { readonly transaction: number; readonly sum: number }, folder: string): void {
  if (seal === undefined) throw corrupt(folder, `record "${sealKey}" is missing`)
  const read = decodeRecord(sealKey, seal.value)
  if ('damage' in read) throw corrupt(folder, read.damage)
  const { transaction, sum } = read.value as Partial<Seal>
  if (transaction !== expected.transaction)
    throw corrupt(folder, `its records are of transaction ${String(transaction)}, but the last one was ${expected.transaction}`)
  if (sum !== expected.sum) throw corrupt(folder, 'some of its records are older than others, or missing')
}

/** What the seal of a folder of the former format bears: the checksums that the records begin with, folded in by exclusive or. */
export function formerSumOf(records: Iterable<Found>): number {
  let sum = 0
  for (const { value } of records) sum ^= Number.parseInt(Buffer.from(value.subarray(0, 8)).toString('latin1'), 16)
  return sum >>> 0
}
