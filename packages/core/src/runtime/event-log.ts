import type { EventRecord } from '../api/types.ts'
import type { ClusterEvent, NodeId } from '../model/index.ts'
import type { Logger } from '../ports.ts'
import type { RunnerEvent } from '../runner/types.ts'

const recordsMax = 1000
/** Events that a person should look at. */
const warnings = new Set(['call-failed', 'refused'])

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
      const { type, ...fields } = event
      if (warnings.has(type)) logger.warn(type, fields)
      else logger.info(type, fields)
    },
    last: (limit) => (limit <= 0 ? [] : records.slice(-limit)),
  }
}
