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
  /** How many there were in this life, forgotten ones included. */
  readonly count: number
  /** Newest last; with `after`, only those that came after the first so many. */
  last(limit: number, after?: number): readonly EventRecord[]
  /** Until there are more than so many, or the time is over. */
  more(than: number, withinMs: number): Promise<void>
}

export function createEventLog(node: NodeId, logger: Logger): EventLog {
  const records: EventRecord[] = []
  const waiting = new Set<() => void>()
  let count = 0
  return {
    get count() {
      return count
    },
    add(event) {
      count += 1
      records.push({ at: new Date().toISOString(), node, event: { ...event } })
      if (records.length > recordsMax) records.shift()
      const { type, ...fields } = lineOf(event)
      if (warnings.has(type) || fields['state'] === 'lost') logger.warn(type, fields)
      else logger.info(type, fields)
      for (const wakeUp of waiting) wakeUp()
    },
    last(limit, after = 0) {
      const known = records.slice(Math.max(0, records.length - Math.max(0, count - after)))
      return limit <= 0 ? [] : known.slice(-limit)
    },
    more(than, withinMs) {
      if (count > than) return Promise.resolve()
      return new Promise((resolve) => {
        const wakeUp = (): void => {
          clearTimeout(timer)
          waiting.delete(wakeUp)
          resolve()
        }
        const timer = setTimeout(wakeUp, withinMs)
        // Nobody who waits for news keeps a daemon from ending.
        timer.unref()
        waiting.add(wakeUp)
      })
    },
  }
}

/** Every line names the node that wrote it as `node`, so an event that is about a node says it under another name. */
function lineOf(event: ClusterEvent | RunnerEvent): { readonly type: string } & Readonly<Record<string, unknown>> {
  if (event.type !== 'assigned' && event.type !== 'member' && event.type !== 'plane') return event
  const { node, ...rest } = event
  return event.type === 'assigned' ? { holder: node, ...rest } : { member: node, ...rest }
}
