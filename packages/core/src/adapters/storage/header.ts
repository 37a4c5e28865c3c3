import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { bookName } from './book-name.ts'
import { corrupt } from './error.ts'

const magic = 0xbeefc0de
/** Offsets within a root page. */
const magicAt = 24
const pageBytesAt = 48
const treeAt = 136
const transactionAt = 152
/** Offset within any other page: the transaction that wrote it. */
const writtenAt = 8
const pageBytesMin = 4096
const noTree = 0xffff_ffff_ffff_ffffn

/**
 * Looks at the two root pages before LMDB does. LMDB makes a new database of an empty file, and takes the older root when the newer
 * one is damaged: both would silently forget what was promised. Each commit writes one root, in turn, so their numbers differ by one;
 * and each commit writes the page that its root points at anew, so that one bears the same number.
 */
export function checkHeader(folder: string): void {
  const descriptor = openSync(join(folder, bookName), 'r')
  const page = (at: number): Buffer => {
    const bytes = Buffer.alloc(pageBytesMin)
    if (readSync(descriptor, bytes, 0, bytes.length, at) < bytes.length)
      throw corrupt(folder, `${bookName} has only ${fstatSync(descriptor).size} bytes`)
    return bytes
  }
  const root = (at: number): Buffer => {
    const bytes = page(at)
    if (bytes.readUInt32LE(magicAt) !== magic) throw corrupt(folder, `${bookName} has no LMDB header`)
    return bytes
  }
  try {
    const first = root(0)
    const pageBytes = Math.max(pageBytesMin, first.readUInt32LE(pageBytesAt))
    const second = root(pageBytes)
    const [even, odd] = [first.readBigUInt64LE(transactionAt), second.readBigUInt64LE(transactionAt)]
    if (even - odd !== 1n && odd - even !== 1n)
      throw corrupt(folder, `the two roots of ${bookName} are of transactions ${even} and ${odd}, which do not follow on each other`)
    for (const bytes of [first, second]) {
      const [tree, transaction] = [bytes.readBigUInt64LE(treeAt), bytes.readBigUInt64LE(transactionAt)]
      if (tree === noTree) continue
      const at = tree * BigInt(pageBytes)
      if (at > BigInt(fstatSync(descriptor).size)) throw corrupt(folder, `a root of ${bookName} points behind its end`)
      const written = page(Number(at)).readBigUInt64LE(writtenAt)
      if (written !== transaction)
        throw corrupt(folder, `the root of transaction ${transaction} in ${bookName} points at a page of transaction ${written}`)
    }
  } finally {
    closeSync(descriptor)
  }
}
