import type { CheckResult } from '../check/run-checks.ts'
import { paint } from './table.ts'

/** The findings as people read them, errors first. */
export function checkView(result: CheckResult): string[] {
  const sorted = result.findings.toSorted((left, right) => Number(right.severity === 'error') - Number(left.severity === 'error'))
  const errors = result.findings.filter((finding) => finding.severity === 'error').length
  const warnings = result.findings.length - errors
  return [
    ...sorted.map(
      ({ severity, code, message, fix }) =>
        `${severity === 'error' ? paint('red', 'error') : paint('yellow', 'warning')}  ${message} ${paint('dim', code)}\n  next: ${fix}`,
    ),
    `${result.checked.join(', ')}: ${errors === 0 ? paint('green', warnings === 0 ? 'all well' : 'nothing stops this node') : paint('red', count(errors, 'error'))}${warnings === 0 ? '' : `, ${count(warnings, 'warning')}`}`,
  ]
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}
