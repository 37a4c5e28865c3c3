import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { bookName } from './book-name.ts'
import { corrupt } from './error.ts'

const magic = 0xbeefc0de
/** Offsets within a root page. */
const magicAt = 24
const pageBytesAt = 48
const transactionAt = 152
const pageBytesMin = 4096

/**
 * Looks at the two root pages before LMDB does. LMDB makes a new database of an empty file, and takes the older root when the newer
 * one is damaged: both would silently forget what was promised. Each commit writes one root, in turn, so their numbers differ by one.
 */
export function checkHeader(folder: string): void {
  const descriptor = openSync(join(folder, bookName), 'r')
  try {
    const root = (at: number): Buffer => {
      const page = Buffer.alloc(pageBytesMin)
      if (readSync(descriptor, page, 0, page.length, at) < page.length)
        throw corrupt(folder, `${bookName} has only ${fstatSync(descriptor).size} bytes`)
      if (page.readUInt32LE(magicAt) !== magic) throw corrupt(folder, `${bookName} has no LMDB header`)
      return page
    }
    const first = root(0)
    const second = root(Math.max(pageBytesMin, first.readUInt32LE(pageBytesAt)))
    const [even, odd] = [first.readBigUInt64LE(transactionAt), second.readBigUInt64LE(transactionAt)]
    if (even - odd === 1n || odd - even === 1n) return
    throw corrupt(folder, `the two roots of ${bookName} are of transactions ${even} and ${odd}, which do not follow on each other`)
  } finally {
    closeSync(descriptor)
  }
}
