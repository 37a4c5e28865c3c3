import { randomBytes } from 'node:crypto'
import { access, chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { assertPrivate } from '@movip/core/config'
import { CommandError, exitCodes } from '../failure.ts'
import type { PlannedFile } from './plan.ts'

/** Where the secret of a new node comes from. */
export type SecretOrigin = 'made' | 'copied' | 'kept'

/** Writes the files; without `force` nothing at all is written if one of them is there already. */
export async function writeFiles(files: readonly PlannedFile[], secret: PlannedFile | null, force: boolean): Promise<void> {
  const all = secret === null ? files : [...files, secret]
  const existing = await present(all.map(({ path }) => path))
  if (existing.length > 0 && !force) {
    throw new CommandError({
      exitCode: exitCodes.failed,
      code: 'FILE_EXISTS',
      message: `${existing.join(', ')} ${existing.length === 1 ? 'exists' : 'exist'} already; nothing was written`,
      fix: 'add --force to write over, or name another --dir',
    })
  }
  for (const { path, text, mode } of all) {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text, { mode, flag: force ? 'w' : 'wx' })
    // The mode above counts for new files only.
    await chmod(path, mode)
  }
}

/**
 * The cluster's secret: that of the first node where one is given, else a new one. A secret that is there already stays
 * even with `--force`: with another one this node would be shut out by the others.
 */
export async function planSecret(
  dir: string,
  given: string | undefined,
): Promise<{ readonly file: PlannedFile | null; readonly path: string; readonly origin: SecretOrigin }> {
  const path = resolve(dir, 'cluster.secret')
  if (given !== undefined) {
    await assertPrivate(given)
    if (resolve(given) === path) return { file: null, path, origin: 'kept' }
    return { file: { path, text: await readFile(given, 'utf8'), mode: 0o600 }, path, origin: 'copied' }
  }
  if ((await present([path])).length > 0) {
    await assertPrivate(path)
    return { file: null, path, origin: 'kept' }
  }
  return { file: { path, text: `${randomBytes(32).toString('base64url')}\n`, mode: 0o600 }, path, origin: 'made' }
}

async function present(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    paths.map((path) =>
      access(path).then(
        () => true,
        () => false,
      ),
    ),
  )
  return paths.filter((_, index) => found[index])
}
