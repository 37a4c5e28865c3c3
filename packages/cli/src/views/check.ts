import type { CheckResult } from '../check/run-checks.ts'
import type { SingleFailure } from '../forecast/single-failures.ts'
import { paint, table } from './table.ts'

/** The findings as people read them, errors first. */
export function checkView(result: CheckResult): string[] {
  const sorted = result.findings.toSorted((left, right) => Number(right.severity === 'error') - Number(left.severity === 'error'))
  const errors = result.findings.filter((finding) => finding.severity === 'error').length
  const warnings = result.findings.length - errors
  return [
    ...failureLines(result.failures),
    ...sorted.map(
      ({ severity, code, message, fix }) =>
        `${severity === 'error' ? paint('red', 'error') : paint('yellow', 'warning')}  ${message} ${paint('dim', code)}\n  next: ${fix}`,
    ),
    `${result.checked.join(', ')}: ${errors === 0 ? paint('green', warnings === 0 ? 'all well' : 'nothing stops this node') : paint('red', count(errors, 'error'))}${warnings === 0 ? '' : `, ${count(warnings, 'warning')}`}`,
  ]
}

/** Links within sites are many, and told one by one only where one of them would stop something. */
function failureLines(failures: readonly SingleFailure[]): string[] {
  if (failures.length === 0) return []
  const isOrdinary = ({ kind, stops, name }: SingleFailure): boolean =>
    kind === 'link' && stops.length === 0 && !isBetweenSites(name, failures)
  const ordinary = failures.filter(isOrdinary).length
  const rows = failures
    .filter((failure) => !isOrdinary(failure))
    .map((failure) => [`${words[failure.kind]}${failure.name}`, fateOf(failure)])
  if (ordinary > 0) rows.push([`each of ${count(ordinary, 'link')} within sites`, 'every group goes on'])
  return [...table(['IF THIS ALONE FAILED', 'THEN'], rows), '']
}

const words: Readonly<Record<SingleFailure['kind'], string>> = { node: 'node ', site: 'site ', link: 'link ', nats: '', api: '' }

/** A link of nodes has these at its ends. */
function isBetweenSites(name: string, failures: readonly SingleFailure[]): boolean {
  const [end = ''] = name.split(':')
  return !failures.some((other) => other.kind === 'node' && other.name === end)
}

function fateOf({ stops, quorum, meanwhile }: SingleFailure): string {
  if (stops.length > 0) return paint('red', `${stops.join(', ')} would stop${quorum ? '' : ': no quorum'}`)
  return meanwhile.length === 0 ? 'every group goes on' : `every group goes on; until it is back ${[...new Set(meanwhile)].join('; ')}`
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}
