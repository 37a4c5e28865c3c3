import type { EventRecord } from '../api/types.ts'
import type { ClusterEvent, NodeId } from '../model/index.ts'
import type { Logger } from '../ports.ts'
import type { RunnerEvent } from '../runner/types.ts'

const recordsMax = 1000
/** Events that a person should look at. */
const warnings = new Set(['call-failed', 'refused', 'stuck'])

/** The newest events in memory, each also one line of the log. */
export interface EventLog {
  add(event: ClusterEvent | RunnerEvent): void
  /** Newest last. */
  last(limit: number): readonly EventRecord[]
}

export function createEventLog(node: NodeId, logger: Logger): EventLog {
  const records: EventRecord[] = []
  return {
    add(event) {
      records.push({ at: new Date().toISOString(), node, event: { ...event } })
      if (records.length > recordsMax) records.shift()
      const { type, ...fields } = lineOf(event)
      if (warnings.has(type)) logger.warn(type, fields)
      else logger.info(type, fields)
    },
    last: (limit) => (limit <= 0 ? [] : records.slice(-limit)),
  }
}

/** Every line names the node that wrote it as `node`, so an event that is about a node says it under another name. */
function lineOf(event: ClusterEvent | RunnerEvent): { readonly type: string } & Readonly<Record<string, unknown>> {
  if (event.type !== 'assigned' && event.type !== 'member') return event
  const { node, ...rest } = event
  return event.type === 'assigned' ? { holder: node, ...rest } : { member: node, ...rest }
}
