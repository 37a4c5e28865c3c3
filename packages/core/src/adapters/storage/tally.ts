import { hash } from 'node:crypto'

/** A record as it is found in a book. */
export interface Found {
  readonly key: unknown
  readonly value: Uint8Array
}

const shareBytes = 6
/** Shares and their sum, and one added to the other, stay whole numbers. */
const modulus = 2 ** (8 * shareBytes)

/**
 * What all records of a book amount to: the sum of their shares, carried on by what a transaction changes, so that a write costs the same
 * however long the log is.
 *
 * A share is the beginning of a SHA-256 over the whole record, which names its key. The sum does not depend on the order, yet tells
 * - a changed, older or missing record, and any number of them at once, but for one chance in 2^48. Checksums that are linear would not do:
 *   two records that were changed by the same bits at the same distance from their ends change the exclusive or of their CRC32 by nothing;
 * - a record that is found twice, which an exclusive or would cancel;
 * - not two whole records that lie under each other's key: each of them tells that itself (`decodeRecord`).
 */
export class Tally {
  readonly #shares = new Map<string, number>()
  #sum = 0

  constructor(records: Iterable<Found>) {
    for (const { key, value } of records) {
      const share = shareOf(value)
      this.#shares.set(String(key), share)
      this.#sum = (this.#sum + share) % modulus
    }
  }

  get sum(): number {
    return this.#sum
  }

  /** What the records will amount to with these written, or taken away where there is null. Holds from `keep` on, and not before. */
  after(records: ReadonlyMap<string, Uint8Array | null>): { readonly sum: number; keep(): void } {
    const shares = [...records].map(([key, bytes]) => [key, bytes === null ? null : shareOf(bytes)] as const)
    const sum = shares.reduce((sofar, [key, share]) => (sofar + (share ?? 0) - (this.#shares.get(key) ?? 0) + modulus) % modulus, this.#sum)
    return {
      sum,
      keep: () => {
        this.#sum = sum
        for (const [key, share] of shares) {
          if (share === null) this.#shares.delete(key)
          else this.#shares.set(key, share)
        }
      },
    }
  }
}

function shareOf(bytes: Uint8Array): number {
  return hash('sha256', bytes, 'buffer').readUIntBE(0, shareBytes)
}
