/** What came of fuzzing, for people. */
import type { FuzzRecord } from '../packages/core/src/testing/fuzz/fuzz.ts'

/** One line for each target, after the failures in full. `said`: what vitest said, where it failed. */
export function tellOfTargets(
  targets: readonly string[],
  records: readonly FuzzRecord[],
  said: readonly string[],
): { readonly lines: readonly string[]; readonly ok: boolean } {
  const width = Math.max(...targets.map((name) => name.length))
  const failures = records.flatMap(({ failure }) => (failure === null ? [] : [failure, '']))
  const rows = targets.map((name) => {
    const record = records.find(({ target }) => target === name)
    if (record === undefined) return `FAILED  ${name.padEnd(width)}  did not come to its end`
    return `${record.failure === null ? 'ok    ' : 'FAILED'}  ${name.padEnd(width)}  ${record.cases} cases  ${Math.round(record.tookMs)} ms`
  })
  const ok = targets.every((name) => records.some(({ target, failure }) => target === name && failure === null))
  // A target that failed has told why. What else went wrong only vitest knows.
  const isExplained = failures.length > 0 && records.length === targets.length
  return { lines: [...failures, ...(isExplained ? [] : said), ...rows], ok }
}
