/** The result of a suite, for programs and for people. */
import { cpus, release } from 'node:os'
import { commitOfSources } from '@movip/core/testing/commit'
import type { Row } from './figures.ts'

export interface SuiteResult {
  readonly suite: string
  readonly commit: string | null
  readonly machine: { readonly cpu: string; readonly cores: number; readonly kernel: string; readonly node: string }
  readonly rows: readonly Row[]
}

/** What is measured, and where. To be asked before the measurement: the sources may be changed meanwhile. */
export function provenance(): Pick<SuiteResult, 'commit' | 'machine'> {
  const cores = cpus()
  return {
    commit: commitOfSources(),
    machine: { cpu: cores[0]?.model ?? '', cores: cores.length, kernel: release(), node: process.version },
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
