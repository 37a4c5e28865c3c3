import type { HooksOptions } from '../hooks/hooks.ts'
import type { Driver } from './driver.ts'

/** What the log of this node tells of a group. */
export function looksBack(driver: Pick<Driver, 'clusterState' | 'moves'>): Pick<HooksOptions, 'causeOf' | 'moveOf'> {
  return {
    causeOf: (group) => driver.clusterState().assignments[group]?.cause ?? '',
    moveOf: (group) => driver.moves().findLast((move) => move.group === group),
  }
}
