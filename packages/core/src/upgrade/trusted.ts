import { realpath, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

const writableByOthers = 0o022
const sticky = 0o1000

/**
 * Who may talk to the daemon is not for that reason somebody to say which program runs with its rights. Why this file is not to be trusted;
 * null: it and all folders above it belong to root or to the daemon's user, and nobody else may change them.
 */
export async function whyNotTrusted(file: string): Promise<string | null> {
  const real = await realpath(file).catch(() => null)
  if (real === null) return `there is no ${file}`
  const own = new Set([0, process.geteuid?.() ?? 0])
  for (let path = real; ; path = dirname(path)) {
    const { uid, mode } = await stat(path)
    if (!own.has(uid)) return `${path} belongs to another user`
    // In a folder as /tmp others may add files, and change none of ours.
    if ((mode & writableByOthers) !== 0 && (path === real || (mode & sticky) === 0)) return `others may write to ${path}`
    if (path === dirname(path)) return null
  }
}
