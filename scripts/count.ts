/** How the stages of the test command are counted and told. */
export interface Count {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

export interface Result {
  readonly name: string
  readonly seconds: number
  readonly count: Count
  readonly note: string
}

/** The part of vitest's JSON report that is counted. */
interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
}

/**
 * Counts a vitest run. A run that failed outside its tests (a file that does not load, an unhandled rejection, no report at all)
 * counts as one failure, and so does a run without any test: it would otherwise pass unseen.
 */
export function countOfReport(report: unknown, succeeded: boolean): Count {
  if (report === null) return { passed: 0, failed: 1, skipped: 0 }
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = report as Report
  const hidden = numFailedTests === 0 && (!succeeded || numPassedTests === 0) ? 1 : 0
  return { passed: numPassedTests, failed: numFailedTests + hidden, skipped: numPendingTests + numTodoTests }
}

export function sum(counts: readonly Count[]): Count {
  return counts.reduce(
    (total, count) => ({
      passed: total.passed + count.passed,
      failed: total.failed + count.failed,
      skipped: total.skipped + count.skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  )
}

const formatCount = (count: Count): string => `${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`

/** One line a stage, and at the very end the line that tools read. */
export function formatSummary(results: readonly Result[], total: Count): string {
  const lines = results.map(
    ({ name, seconds, count, note }) =>
      `${count.failed > 0 ? '✗' : '✓'} ${name.padEnd(9)} ${seconds.toFixed(1).padStart(6)} s  ${formatCount(count)}${note === '' ? '' : `  (${note})`}`,
  )
  return ['', ...lines, '', formatCount(total)].join('\n')
}
