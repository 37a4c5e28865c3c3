// Reads a data folder in a short-lived process of its own: a truncated or garbled file may end the reader with a signal.
import type { Meta } from './contents.ts'
import { StorageError, type StorageErrorCode } from './error.ts'
import { readFolder } from './read-folder.ts'

/** What the process tells its parent. */
export type Verdict =
  | { readonly type: 'read'; readonly meta: Meta }
  | { readonly type: 'refused'; readonly code: StorageErrorCode; readonly message: string; readonly fix: string }

const folder = process.argv[2]
if (folder === undefined) throw new Error('usage: verify <folder>')
process.send?.(await verdictOn(folder))

async function verdictOn(at: string): Promise<Verdict> {
  try {
    const { meta } = await readFolder(at)
    return { type: 'read', meta }
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    const { code, message, fix } = error
    return { type: 'refused', code, message, fix }
  }
}
