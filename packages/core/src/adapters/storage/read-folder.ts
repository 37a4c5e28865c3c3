import { openBook } from './book.ts'
import type { Contents } from './contents.ts'
import { checkShape } from './contents-schema.ts'
import { refusalOf } from './error.ts'

/**
 * Reads and judges all that a folder holds, and changes nothing. Throws a StorageError. A file that is cut short or garbled may end the whole
 * process with a signal.
 */
export async function readFolder(folder: string): Promise<Contents> {
  try {
    const { book, contents } = openBook(folder)
    await book.close()
    checkShape(contents, folder)
    return contents
  } catch (error) {
    throw refusalOf(folder, error)
  }
}
