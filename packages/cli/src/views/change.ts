import type { ChangeResult } from '../change.ts'
import { paint } from './table.ts'

/** What became of a change, as people read it. */
export function changeView({ version, steps, applied, pending }: ChangeResult): string[] {
  if (steps.length === 0) return []
  const missing =
    pending.length === 0 ? [] : [paint('yellow', `not applied so far by ${pending.join(', ')}: they get it when they are heard again`)]
  return [`${paint('green', `version ${version} is in force`)}, applied by ${applied.join(', ')}`, ...missing]
}
