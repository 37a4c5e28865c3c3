import type { DrainResult } from '../maintain.ts'
import { paint } from './table.ts'

/** What became of the groups of drained nodes, as people read it. */
export function drainView({ nodes, groups }: DrainResult): string[] {
  return [
    `${nodes.join(', ')} drained: no group goes there until movip resume`,
    ...groups.map(({ group, from, to, why }) =>
      to === null ? paint('yellow', `${group} is still at ${from}: ${why}`) : `${group}: ${from} → ${to}`,
    ),
  ]
}
