import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { bookName } from './book-name.ts'
import { corrupt } from './error.ts'

const magic = 0xbeefc0de
/** Offsets within a root page. */
const magicAt = 24
const pageBytesAt = 48
const treeAt = 136
const lastPageAt = 144
const transactionAt = 152
/** Offset within any other page: the transaction that wrote it. */
const writtenAt = 8
const pageBytesMin = 4096
const noTree = 0xffff_ffff_ffff_ffffn

/** The first pages of a file, which bear its roots. null: it is shorter than that. */
export interface Roots {
  readonly first: Buffer
  readonly second: Buffer
}

export function readRoots(descriptor: number): Roots | null {
  const first = pageAt(descriptor, 0)
  if (first === null) return null
  const second = pageAt(descriptor, pageBytesIn(first))
  return second === null ? null : { first, second }
}

export function pageBytesOf({ first }: Roots): number {
  return pageBytesIn(first)
}

/** The last page that anything was ever written to. */
export function lastPage({ first, second }: Roots): number {
  return Math.max(...[first, second].map((root) => Number(root.readBigUInt64LE(lastPageAt))))
}

function pageBytesIn(first: Buffer): number {
  return Math.max(pageBytesMin, first.readUInt32LE(pageBytesAt))
}

function pageAt(descriptor: number, at: number): Buffer | null {
  const bytes = Buffer.alloc(pageBytesMin)
  return readSync(descriptor, bytes, 0, bytes.length, at) < bytes.length ? null : bytes
}

/**
 * Looks at the two root pages before LMDB does. LMDB makes a new database of an empty file, and takes the older root when the newer
 * one is damaged: both would silently forget what was promised. Each commit writes one root, in turn, so their numbers differ by one;
 * and each commit writes the page that its root points at anew, so that one bears the same number.
 */
export function checkHeader(folder: string): void {
  const descriptor = openSync(join(folder, bookName), 'r')
  try {
    const roots = readRoots(descriptor)
    if (roots === null) throw corrupt(folder, `${bookName} has only ${fstatSync(descriptor).size} bytes`)
    const { first, second } = roots
    if ([first, second].some((root) => root.readUInt32LE(magicAt) !== magic)) throw corrupt(folder, `${bookName} has no LMDB header`)
    const [even, odd] = [first.readBigUInt64LE(transactionAt), second.readBigUInt64LE(transactionAt)]
    if (even - odd !== 1n && odd - even !== 1n)
      throw corrupt(folder, `the two roots of ${bookName} are of transactions ${even} and ${odd}, which do not follow on each other`)
    for (const root of [first, second]) checkTree(descriptor, root, pageBytesOf(roots), folder)
  } finally {
    closeSync(descriptor)
  }
}

function checkTree(descriptor: number, root: Buffer, pageBytes: number, folder: string): void {
  const [tree, transaction] = [root.readBigUInt64LE(treeAt), root.readBigUInt64LE(transactionAt)]
  if (tree === noTree) return
  const at = tree * BigInt(pageBytes)
  const page = at > BigInt(fstatSync(descriptor).size) ? null : pageAt(descriptor, Number(at))
  if (page === null) throw corrupt(folder, `a root of ${bookName} points behind its end`)
  const written = page.readBigUInt64LE(writtenAt)
  if (written !== transaction)
    throw corrupt(folder, `the root of transaction ${transaction} in ${bookName} points at a page of transaction ${written}`)
}
