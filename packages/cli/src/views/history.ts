import type { HistoryAnswer } from '@movip/core/client'
import { paint, table } from './table.ts'

/** The configurations so far, the newest first, as people read them. */
export function historyView({ configurations }: HistoryAnswer): string[] {
  if (configurations.length === 0) return ['no configuration was changed so far']
  const rows = configurations
    .toReversed()
    .map(({ version, note }, index) => [
      String(version),
      note?.at.replace('T', ' ').replace(/\.\d+Z$/, ' UTC') ?? '-',
      note?.by ?? '-',
      note?.what ?? 'without a note: the first configuration, or one given to the coordinator directly',
      index === 0 ? paint('green', 'in force') : '',
    ])
  return table(['VERSION', 'WHEN', 'BY', 'WHAT', ''], rows)
}
