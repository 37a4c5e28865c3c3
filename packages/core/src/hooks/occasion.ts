import type { Epoch, GroupId, HookMoment, Move, NodeId } from '../model/index.ts'
import type { RunnerEvent } from '../runner/types.ts'

/** What a hook reads from its standard input, as one line of JSON. */
export interface Occasion {
  readonly schemaVersion: 1
  readonly moment: HookMoment
  readonly cluster: string
  readonly node: NodeId
  readonly group: GroupId
  readonly epoch: Epoch | null
  /** Why the group is where it is. */
  readonly cause: string
  /** Why this happened; empty: nothing went wrong. */
  readonly reason: string
  readonly at: string
  /** The latest move of the group, with the phases that have passed; absent: none is remembered. */
  readonly move?: Move
  /** The event as `movip events` has it. */
  readonly event: RunnerEvent
}

/** What of it a hook finds in its environment. */
export function environmentOf({ moment, cluster, node, group, epoch, cause, reason }: Occasion): Readonly<Record<string, string>> {
  return {
    MOVIP_EVENT: moment,
    MOVIP_CLUSTER: cluster,
    MOVIP_NODE: node,
    MOVIP_GROUP: group,
    MOVIP_EPOCH: String(epoch ?? ''),
    MOVIP_CAUSE: cause,
    MOVIP_REASON: reason,
  }
}

/** Which moment an event is to a hook; null: none. A look or a preparation that failed has started and stopped nothing. */
export function momentOf(event: RunnerEvent): HookMoment | null {
  switch (event.type) {
    case 'active':
    case 'released':
    case 'stuck':
      return event.type
    case 'call-failed':
      return event.operation === 'claim' || event.operation === 'release' ? 'failed' : null
    case 'adopted':
    case 'repaired':
      return null
  }
}

export function reasonOf(event: RunnerEvent): string {
  switch (event.type) {
    case 'released':
      return event.cause
    case 'stuck':
    case 'repaired':
      return event.why
    case 'call-failed':
      return `${event.operation} of ${event.endpoint} failed: ${event.code}: ${event.message}`
    case 'active':
    case 'adopted':
      return ''
  }
}
