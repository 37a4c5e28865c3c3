/** The result of a suite, for programs and for people. */
import { execFileSync } from 'node:child_process'
import { cpus, release } from 'node:os'
import type { Row } from './figures.ts'

export interface SuiteResult {
  readonly suite: string
  readonly commit: string | null
  readonly machine: { readonly cpu: string; readonly cores: number; readonly kernel: string; readonly node: string }
  readonly rows: readonly Row[]
}

export function suiteResult(suite: string, rows: readonly Row[]): SuiteResult {
  return { suite, ...provenance(), rows }
}

/** What was measured, and where. */
export function provenance(): Pick<SuiteResult, 'commit' | 'machine'> {
  const cores = cpus()
  return {
    commit: commit(),
    machine: { cpu: cores[0]?.model ?? '', cores: cores.length, kernel: release(), node: process.version },
  }
}

/** null outside a clone. */
function commit(): string | null {
  try {
    return execFileSync('git', ['-C', import.meta.dirname, 'rev-parse', 'HEAD'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return null
  }
}

export function table(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.ok ? '✓' : '✗',
    row.name,
    row.value === null ? '–' : row.value.toFixed(1),
    row.bound === null ? '' : `${row.atLeast ? '≥' : '≤'} ${row.bound.toFixed(1)}`,
    row.unit,
    `${row.runs} runs`,
  ])
  const widths = cells.reduce<number[]>((known, line) => line.map((text, i) => Math.max(text.length, known[i] ?? 0)), [])
  return cells
    .map((line) => line.map((text, i) => (i === 2 || i === 3 ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0))).join('  '))
    .join('\n')
}
