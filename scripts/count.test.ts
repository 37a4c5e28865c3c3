import { describe, expect, it } from 'vitest'
import { countOfReport, formatSummary, sum } from './count.ts'

const report = (passed: number, failed: number, pending = 0, todo = 0) => ({
  numPassedTests: passed,
  numFailedTests: failed,
  numPendingTests: pending,
  numTodoTests: todo,
})

describe('the count of a test run', () => {
  it('takes each test as it ended, and counts what is only planned as skipped', () => {
    expect(countOfReport(report(5, 2, 1, 3), false)).toEqual({ passed: 5, failed: 2, skipped: 4 })
  })

  it('shows a run that failed although no test did, as after an unhandled rejection', () => {
    expect(countOfReport(report(5, 0), false)).toEqual({ passed: 5, failed: 1, skipped: 0 })
  })

  it('does not count the failure of the run beside those of its tests', () => {
    expect(countOfReport(report(5, 1), false)).toEqual({ passed: 5, failed: 1, skipped: 0 })
  })

  it('is a failure when there was no test to run, or only skipped ones', () => {
    expect(countOfReport(report(0, 0), true).failed).toBe(1)
    expect(countOfReport(report(0, 0, 7), true)).toEqual({ passed: 0, failed: 1, skipped: 7 })
  })

  it('is a failure when the run left no report', () => {
    expect(countOfReport(null, true)).toEqual({ passed: 0, failed: 1, skipped: 0 })
  })

  it('ends the summary with one line that adds up all stages', () => {
    const results = [
      { name: 'lint', seconds: 2, count: { passed: 1, failed: 0, skipped: 0 }, note: '' },
      { name: 'unit', seconds: 30, count: { passed: 10, failed: 2, skipped: 1 }, note: '' },
    ]
    expect(
      formatSummary(results, sum(results.map(({ count }) => count)))
        .split('\n')
        .at(-1),
    ).toBe('11 passed, 2 failed, 1 skipped')
  })
})
