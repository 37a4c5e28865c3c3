import { execFileSync } from 'node:child_process'

/**
 * The commit of the sources in this folder, with `-dirty` behind it where they are not what was committed; null outside a clone.
 * Documents do not count: a report is written there while its figures are measured.
 */
export function commitOfSources(folder: string = import.meta.dirname): string | null {
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  try {
    const commit = git('rev-parse', 'HEAD')
    return git('status', '--porcelain', '--', ':/', ':(top,exclude)docs') === '' ? commit : `${commit}-dirty`
  } catch {
    return null
  }
}
