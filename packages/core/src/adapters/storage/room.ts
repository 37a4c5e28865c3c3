import { accessSync, closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs'
import { lastPage, pageBytesOf, readRoots } from './header.ts'

/** What a transaction may need beyond twice its records: pages of its tree and of LMDB's list of free pages. */
const spareBytes = 128 * 1024
/** The file grows by more at once, so that it seldom does. */
const growthBytes = 256 * 1024

/**
 * Makes sure that a transaction finds room in the file, and that the file may be written at all. Throws what the file system says.
 *
 * LMDB 3.5.6 for Node.js puts the message about a failed write into a buffer that is too short for it (`last_error` in mdb.c): a disk
 * that is full or read-only could end the daemon with a damaged heap. So the blocks are taken here, before LMDB writes into them.
 */
export function demandRoom(path: string, recordBytes: number): void {
  accessSync(path, constants.W_OK)
  const descriptor = openSync(path, 'r+')
  try {
    const roots = readRoots(descriptor)
    if (roots === null) return
    const neededBytes = (lastPage(roots) + 1) * pageBytesOf(roots) + spareBytes + 2 * recordBytes
    let { size } = fstatSync(descriptor)
    if (size >= neededBytes) return
    const zeros = Buffer.alloc(neededBytes + growthBytes - size)
    try {
      for (let written = 0; written < zeros.length;) {
        const bytes = writeSync(descriptor, zeros, written, zeros.length - written, size)
        written += bytes
        size += bytes
      }
    } catch (error) {
      // What there is may do.
      if (size < neededBytes) throw error
    }
  } finally {
    closeSync(descriptor)
  }
}
