import type { Index, Stored, Write } from '../../model/index.ts'

/** Where a log begins and ends; empty when `last` is `first - 1`. */
export interface Extent {
  readonly first: Index
  readonly last: Index
}

export function extentOf(stored: Stored): Extent {
  return { first: stored.snapshot.index + 1, last: stored.snapshot.index + stored.entries.length }
}

/** Where the log begins and ends after a write. Throws if the write does not fit on what is there: a fault of the caller. */
export function checkOrder(write: Write, before: Extent): Extent {
  let { first, last } = before
  if (write.snapshot !== undefined) {
    const { index } = write.snapshot
    if (index < first - 1) throw new Error(`snapshot ${index} is older than the one on disk, ${first - 1}`)
    first = index + 1
    last = Math.max(last, index)
  }
  if (write.cutFrom !== undefined) {
    if (write.cutFrom < before.first)
      throw new Error(`cut from ${write.cutFrom} reaches into the snapshot on disk, which ends at ${before.first - 1}`)
    last = Math.max(first - 1, Math.min(last, write.cutFrom - 1))
  }
  for (const entry of write.entries ?? []) {
    if (entry.index !== last + 1) throw new Error(`entry ${entry.index} does not follow on entry ${last}`)
    last = entry.index
  }
  return { first, last }
}
