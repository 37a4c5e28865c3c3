import { isAbsolute } from 'node:path'
import { z } from 'zod'

/** Pieces that the options of several kinds share. */

const pathForm = 'expected an absolute path'
export const absolutePath = z.string({ error: pathForm }).refine((text) => isAbsolute(text) && !text.includes('\0'), { error: pathForm })

/** Whether a text is a regular expression. */
export function isPattern(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp
  } catch {
    return false
  }
}

const unitBytes: Readonly<Record<string, number>> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 }
const sizePattern = /^(\d{1,9}(?:\.\d{1,3})?)(B|KiB|MiB|GiB|TiB)$/

/** The bytes of a size such as 500MiB; null: it is none. */
export function bytesOf(text: string): number | null {
  const [, digits, unit] = sizePattern.exec(text) ?? []
  return digits === undefined ? null : Number(digits) * (unitBytes[unit ?? ''] ?? Number.NaN)
}

/** Bytes as people read them. */
export function formatBytes(bytes: number): string {
  const [unit, length] = Object.entries(unitBytes).findLast(([, size]) => bytes >= size) ?? ['B', 1]
  return `${Number((bytes / length).toFixed(1))} ${unit}`
}
