import { accessSync, closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs'
import { lastPage, pageBytesOf, readRoots, type Roots } from './header.ts'

/** What a transaction may need beyond twice its records: pages of its tree and of LMDB's list of free pages. */
const spareBytes = 128 * 1024
/** The file grows by more at once, so that it seldom does. */
const growthBytes = 256 * 1024

/**
 * Makes sure that a transaction finds room in the file of a book, and that the file may be written at all, before LMDB writes.
 *
 * LMDB 3.5.6 for Node.js puts the message about a failed write into a buffer that is too short for it (`last_error` in mdb.c): a disk
 * that is full, read-only or gone could end the daemon with a damaged heap. So the blocks are taken here, by a descriptor that is kept.
 */
export class Room {
  readonly #path: string
  readonly #descriptor: number
  readonly #pageBytes: number
  /** Read anew with each transaction, through one buffer. */
  readonly #rootBytes: Buffer
  readonly #roots: Roots
  readonly #blankPage: Buffer
  #size: number
  /** The number of a closed descriptor may be another file's. */
  #isClosed = false

  constructor(path: string) {
    this.#path = path
    this.#descriptor = openSync(path, 'r+')
    try {
      const roots = readRoots(this.#descriptor)
      if (roots === null) throw cutShort(path)
      this.#pageBytes = pageBytesOf(roots)
      this.#blankPage = Buffer.alloc(this.#pageBytes)
      this.#rootBytes = Buffer.alloc(2 * this.#pageBytes)
      this.#roots = { first: this.#rootBytes.subarray(0, this.#pageBytes), second: this.#rootBytes.subarray(this.#pageBytes) }
      this.#size = fstatSync(this.#descriptor).size
    } catch (error) {
      closeSync(this.#descriptor)
      throw error
    }
  }

  /** Throws what the file system says. */
  demand(recordBytes: number): void {
    if (this.#isClosed) throw new Error(`${this.#path} is closed`)
    accessSync(this.#path, constants.W_OK)
    const usedBytes = this.#usedBytes()
    const neededBytes = usedBytes + spareBytes + 2 * recordBytes
    if (this.#size < neededBytes) this.#take(neededBytes)
    this.#tryToWrite(usedBytes)
  }

  /** Nothing is asked of it any more. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    closeSync(this.#descriptor)
  }

  /** Where the pages end that the last transaction, or any before it, has ever written to. */
  #usedBytes(): number {
    const bytes = readSync(this.#descriptor, this.#rootBytes, 0, this.#rootBytes.length, 0)
    if (bytes < this.#rootBytes.length) throw cutShort(this.#path)
    return (lastPage(this.#roots) + 1) * this.#pageBytes
  }

  #take(neededBytes: number): void {
    // Asked of the file: LMDB may have made it longer.
    this.#size = fstatSync(this.#descriptor).size
    if (this.#size >= neededBytes) return
    const zeros = Buffer.alloc(neededBytes + growthBytes - this.#size)
    try {
      for (let written = 0; written < zeros.length;) {
        const bytes = writeSync(this.#descriptor, zeros, written, zeros.length - written, this.#size)
        written += bytes
        this.#size += bytes
      }
    } catch (error) {
      // What there is may do.
      if (this.#size < neededBytes) throw error
    }
  }

  /**
   * A file system that was shut down or has found itself damaged refuses what is written by a descriptor opened before, while `access` may
   * know nothing of it (ext4 of Linux 6.18). So the first page that LMDB has never used is written as LMDB will write: whole, because for a
   * part of it the disk would be read.
   */
  #tryToWrite(at: number): void {
    writeSync(this.#descriptor, this.#blankPage, 0, this.#pageBytes, at)
  }
}

function cutShort(path: string): Error {
  return new Error(`${path} is cut short: its roots are missing`)
}
