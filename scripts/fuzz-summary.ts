/** What came of fuzzing, for people. */
import type { FuzzRecord } from '../packages/core/src/testing/fuzz/fuzz.ts'

/** The part of vitest's JSON report that is told where tests fail without a word of their target. */
interface Report {
  readonly testResults: readonly {
    readonly message: string
    readonly assertionResults: readonly { readonly failureMessages: readonly string[] }[]
  }[]
}

/** One line for each target, after the failures in full. `report`: what vitest said, where it failed. */
export function tellOfTargets(
  targets: readonly string[],
  records: readonly FuzzRecord[],
  report: string,
): { readonly lines: readonly string[]; readonly ok: boolean } {
  const width = Math.max(...targets.map((name) => name.length))
  const failures = records.flatMap(({ failure }) => (failure === null ? [] : [failure, '']))
  const rows = targets.map((name) => {
    const record = records.find(({ target }) => target === name)
    if (record === undefined) return `FAILED  ${name.padEnd(width)}  did not come to its end`
    return `${record.failure === null ? 'ok    ' : 'FAILED'}  ${name.padEnd(width)}  ${record.cases} cases  ${Math.round(record.tookMs)} ms`
  })
  const ok = targets.every((name) => records.some(({ target, failure }) => target === name && failure === null))
  // A target that failed has told why; anything else is only in the report.
  const isExplained = report === '' || (failures.length > 0 && records.length === targets.length)
  return { lines: [...failures, ...(isExplained ? [] : messagesOf(report)), ...rows], ok }
}

function messagesOf(text: string): readonly string[] {
  let report
  try {
    report = JSON.parse(text) as Report
  } catch {
    return [text]
  }
  const messages = report.testResults.flatMap(({ message, assertionResults }) => [
    message,
    ...assertionResults.flatMap(({ failureMessages }) => failureMessages),
  ])
  return messages.filter((message) => message !== '')
}
