/** What the daemons say of an outage in their event logs. Pure. */
import type { LogLine } from './log-tail.ts'

/** What is told of nodes and of the cluster, not of one group. */
const OF_CLUSTER = new Set(['member', 'role', 'quorum', 'refused', 'storage-failing', 'transport.disconnected', 'start', 'end'])

/** The move, or else the last that was said of the group, or else of the cluster. null: nobody said anything. */
export function eventOf(lines: readonly LogLine[], group: string): string | null {
  const ofGroup = lines.filter(({ fields }) => fields['group'] === group)
  const moved = ofGroup.findLast(({ event }) => event === 'assigned')?.fields
  if (moved !== undefined) return `${String(moved['previous'])} to ${String(moved['holder'])}, ${String(moved['cause'])}`
  const last = ofGroup.at(-1) ?? lines.findLast(({ event }) => OF_CLUSTER.has(event))
  return last === undefined ? null : `${last.node} ${last.event} ${JSON.stringify(last.fields)}`
}
