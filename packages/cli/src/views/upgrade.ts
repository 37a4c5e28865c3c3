import type { UpgradeResult } from '../upgrade.ts'
import { paint } from './table.ts'

/** What became of an upgrade, as people read it. */
export function upgradeView({ from, to, adopted, lost, pauseMs, rehearsalMs }: UpgradeResult): string[] {
  const kept = adopted.map(({ group, epoch }) => `${group} (epoch ${epoch})`)
  return [
    `movip ${from.version} (start ${from.generation}) → ${to.version} (start ${to.generation})`,
    ...(lost === null
      ? [`${paint('green', 'kept')}  ${kept.length === 0 ? 'nothing was held' : kept.join(', ')}`]
      : [paint('yellow', `nothing was kept: ${lost}; groups of this node were placed anew, as after a restart`)]),
    ...(pauseMs === null ? [] : [`not heard for ${pauseMs} ms; rehearsed in ${rehearsalMs} ms`]),
  ]
}
