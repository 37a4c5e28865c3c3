/** What can be fuzzed. Each file of tests leaves out what was not asked for, so none of them would notice a wrong name. */
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const target = /assertHolds\(\w+, \{\s*name: '([^']+)'/g

/** A file of tests that fuzz. */
export interface FuzzFile {
  /** Path below the root of the repository. */
  readonly path: string
  readonly source: string
  readonly targets: readonly string[]
}

/** All of them. */
export function fuzzFiles(): readonly FuzzFile[] {
  return globSync('packages/*/src/**/*.fuzz.test.ts', { cwd: root })
    .toSorted()
    .map((path) => {
      const source = readFileSync(`${root}${path}`, 'utf8')
      return { path, source, targets: [...source.matchAll(target)].map(([, name = '']) => name) }
    })
}

/** The names of all targets. */
export function fuzzTargets(files: readonly FuzzFile[]): readonly string[] {
  return files.flatMap(({ targets }) => targets).toSorted()
}

/** Throws if something is wanted that is no target; wanting nothing in particular is fine. */
export function demandTargets(wanted: string | undefined, targets: readonly string[]): void {
  const stranger = wanted?.split(',').find((name) => !targets.includes(name))
  if (stranger !== undefined) throw new Error(`FUZZ_TARGET names "${stranger}": give some of ${targets.join(', ')}`)
}

/** Called by vitest before the tests. */
export function setup(): void {
  demandTargets(process.env['FUZZ_TARGET'], fuzzTargets(fuzzFiles()))
}
