import type { Epoch, GroupId, NodeId, NotifyMoment, NotifyTarget } from '../model/index.ts'
import type { RunnerEvent } from '../runner/types.ts'

/** One thing that happened, in words. */
export interface Notice {
  /** Whoever tells it again tells it under the same name. */
  readonly id: string
  readonly moment: NotifyMoment
  /** Wall clock, ISO 8601. */
  readonly at: string
  readonly text: string
  /** The nodes that it is about. */
  readonly nodes: readonly NodeId[]
  readonly group?: GroupId
  readonly epoch?: Epoch
}

/** Whether the target wants to be told. */
export function isWanted({ on, groups, nodes }: NotifyTarget, notice: Notice): boolean {
  if (on !== undefined && !on.includes(notice.moment)) return false
  if (groups !== undefined && notice.group !== undefined && !groups.includes(notice.group)) return false
  return nodes === undefined || notice.nodes.some((node) => nodes.includes(node))
}

/** What a node's own runner says of one of its groups; null: nothing that people are told. */
export function noticeOfRunner(event: RunnerEvent, node: NodeId): Omit<Notice, 'id' | 'at'> | null {
  const { group } = event
  const about = { group, nodes: [node] }
  switch (event.type) {
    case 'active':
      return { ...about, moment: 'active', epoch: event.epoch, text: `${group} is served by ${node}` }
    case 'released':
      return { ...about, moment: 'released', epoch: event.epoch, text: `${group} is down on ${node}: ${event.cause}` }
    case 'stuck':
      return { ...about, moment: 'stuck', epoch: event.epoch, text: `${group} cannot be taken down on ${node}: ${event.why}` }
    case 'call-failed': {
      const { epoch, operation, endpoint, code, message } = event
      return { ...about, moment: 'failed', epoch, text: `${group} on ${node}: ${operation} of ${endpoint} failed: ${code}: ${message}` }
    }
    case 'repaired':
    case 'adopted':
      return null
  }
}
