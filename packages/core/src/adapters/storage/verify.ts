// Reads a data folder in a short-lived process of its own: a truncated or garbled file may end the reader with a signal.
import { openBook, type Meta } from './book.ts'
import { refusalOf, type StorageErrorCode } from './error.ts'

/** What the process tells its parent. */
export type Verdict =
  | { readonly type: 'read'; readonly meta: Meta }
  | { readonly type: 'refused'; readonly code: StorageErrorCode; readonly message: string; readonly fix: string }

const folder = process.argv[2]
if (folder === undefined) throw new Error('usage: verify <folder>')
process.send?.(await verdictOn(folder))

async function verdictOn(at: string): Promise<Verdict> {
  try {
    const { book, contents } = openBook(at)
    await book.close()
    return { type: 'read', meta: contents.meta }
  } catch (error) {
    const { code, message, fix } = refusalOf(at, error)
    return { type: 'refused', code, message, fix }
  }
}
