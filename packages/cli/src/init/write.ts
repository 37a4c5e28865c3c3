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
    // The mode of a new file is given with it; one that is there gets it before it is written: what is secret is open to nobody meanwhile.
    if (existing.includes(path)) await chmod(path, mode)
    await writeFile(path, text, { mode, flag: force ? 'w' : 'wx' })
    await chmod(path, mode)
  }
}

/** The secret of a node that is to be written, and where it comes from. */
interface PlannedSecret {
  readonly file: PlannedFile | null
  readonly path: string
  readonly origin: SecretOrigin
}

/**
 * The cluster's secret: that of the first node where a copy is given, else a new one. A secret that is there already stays
 * even with `--force`: with another one this node would be shut out by the others.
 */
export async function planSecret(dir: string, given: string | undefined): Promise<PlannedSecret> {
  const path = resolve(dir, 'cluster.secret')
  if (given !== undefined) {
    await assertPrivate(given)
    if (resolve(given) === path) return { file: null, path, origin: 'kept' }
    return invitedSecret(dir, await readFile(given, 'utf8'))
  }
  if ((await present([path])).length > 0) {
    await assertPrivate(path)
    return { file: null, path, origin: 'kept' }
  }
  return { file: secretFile(path, randomBytes(32).toString('base64url')), path, origin: 'made' }
}

/** The secret that an invitation brought. */
export function invitedSecret(dir: string, secret: string): PlannedSecret {
  const path = resolve(dir, 'cluster.secret')
  return { file: secretFile(path, secret), path, origin: 'copied' }
}

function secretFile(path: string, secret: string): PlannedFile {
  return { path, text: `${secret.trim()}\n`, mode: 0o600 }
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
