/** Before fuzzing: FUZZ_TARGET has to name a target. Each file of tests leaves out what was not asked for, so none of them would notice. */
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const target = /assertHolds\(\w+, \{\s*name: '([^']+)'/g

/** The sources of the tests that fuzz. */
export function fuzzSources(): readonly string[] {
  return globSync('packages/*/src/**/*.fuzz.test.ts', { cwd: root }).map((file) => readFileSync(`${root}${file}`, 'utf8'))
}

/** The names of the targets in these sources. */
export function targetsIn(sources: readonly string[]): readonly string[] {
  return sources.flatMap((source) => [...source.matchAll(target)].map(([, name = '']) => name)).toSorted()
}

/** Throws if something is wanted that is no target; wanting nothing in particular is fine. */
export function demandTarget(wanted: string | undefined, targets: readonly string[]): void {
  if (wanted === undefined || targets.includes(wanted)) return
  throw new Error(`FUZZ_TARGET is "${wanted}": give one of ${targets.join(', ')}`)
}

/** Called by vitest before the tests. */
export function setup(): void {
  demandTarget(process.env['FUZZ_TARGET'], targetsIn(fuzzSources()))
}
