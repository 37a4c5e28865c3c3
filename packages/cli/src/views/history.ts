import type { HistoryAnswer } from '@movip/core/client'
import { withoutNamedSecrets } from '../support/withhold.ts'
import { paint, table } from './table.ts'

/** What `movip history` returns: each configuration as the daemon has it, but for what could be a secret. */
export interface HistoryResult extends Omit<HistoryAnswer, 'configurations'> {
  readonly configurations: readonly (Omit<HistoryAnswer['configurations'][number], 'spec'> & { readonly spec: unknown })[]
}

export function historyWithoutSecrets({ configurations, ...rest }: HistoryAnswer): HistoryResult {
  return { ...rest, configurations: configurations.map(({ spec, ...known }) => ({ ...known, spec: withoutNamedSecrets(spec, '') })) }
}

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
