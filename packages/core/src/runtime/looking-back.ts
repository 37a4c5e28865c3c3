import type { OrderRecord } from '../api/types.ts'
import type { HooksOptions } from '../hooks/hooks.ts'
import type { ClusterState } from '../model/index.ts'
import type { Driver } from './driver.ts'

/** What the log of this node tells of a group. */
export function looksBack(driver: Pick<Driver, 'clusterState' | 'moves'>): Pick<HooksOptions, 'causeOf' | 'moveOf'> {
  return {
    causeOf: (group) => driver.clusterState().assignments[group]?.cause ?? '',
    moveOf: (group) => driver.moves().findLast((move) => move.group === group),
  }
}

/** What operators had done, oldest first: a configuration without a note is nobody's wish. */
export function ordersOf({ orders = [], history = [] }: ClusterState): readonly OrderRecord[] {
  const given = orders.map(({ index, order, note }): OrderRecord => {
    const about = 'nodes' in order ? { nodes: order.nodes, group: null } : { nodes: [], group: order.group }
    return { index, action: order.action, ...about, ...note }
  })
  const applied = history.flatMap(({ version, note }): OrderRecord[] =>
    note === undefined ? [] : [{ index: version, action: 'apply', nodes: [], group: null, ...note }],
  )
  return [...given, ...applied].toSorted((a, b) => a.index - b.index)
}
