import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { bookName } from './book-name.ts'
import { StorageError } from './error.ts'
import { readInChild } from './read-in-child.ts'

const folder = mkdtempSync(join(tmpdir(), 'movip-reading-'))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Processes that were told to read the folder. */
function readers(): readonly string[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && argumentsOf(name).includes(folder))
}
function argumentsOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  } catch {
    // It ended meanwhile.
    return []
  }
}

it('gives up a disk that does not answer, says what to do, and leaves no process behind', async () => {
  // Opening a pipe waits for somebody at its other end.
  execFileSync('mkfifo', [join(folder, bookName)])
  const outcome = readInChild(folder, 1000).catch((error: unknown) => error)
  await expect.poll(readers).toHaveLength(1)
  expect(await outcome).toBeInstanceOf(StorageError)
  expect(await outcome).toMatchObject({
    code: 'STORAGE_UNREADABLE',
    message: `reading the data folder ${folder} took longer than 1000 ms`,
    fix: expect.stringContaining('start again'),
  })
  await expect.poll(readers).toEqual([])
})
