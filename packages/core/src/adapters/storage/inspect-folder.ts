import { readdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { bookName, unfinishedName } from './book-name.ts'
import { StorageError, fromSystem } from './error.ts'
import { checkUnlocked, lockName } from './lock.ts'
import { checkOwner } from './owner.ts'
import { readInChild } from './read-in-child.ts'
import { checkRefusal } from './refusal.ts'

/** Why a daemon of this node could not open the folder, or null. Starts no life in it and founds nothing; a folder that is not there is well. */
export async function inspectFolder(
  folder: string,
  owner: { readonly node: string; readonly cluster: string },
): Promise<StorageError | null> {
  const path = resolve(folder)
  try {
    const names = await namesIn(path)
    if (names.includes(lockName)) await checkUnlocked(path)
    checkRefusal(path)
    if (names.includes(bookName)) checkOwner(path, await readInChild(path), owner)
    else checkOurs(path, names)
    return null
  } catch (error) {
    return fromSystem(path, 'looking at', error)
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

/** Refuses a folder without a book that somebody else uses: movip puts nothing into it. */
export function checkOurs(folder: string, names: readonly string[]): void {
  const strange = names.filter((name) => !['lost+found', lockName].includes(name) && !name.startsWith(unfinishedName))
  if (strange.length === 0) return
  throw new StorageError(
    'STORAGE_FOREIGN',
    `the data folder ${folder} is not empty and not a data folder of movip: it contains ${strange.slice(0, 3).join(', ')}${strange.length > 3 ? ', …' : ''}`,
    'name an empty or new folder as `data` in node.yaml',
  )
}
