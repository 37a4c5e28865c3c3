import type { Epoch, Instant, NodeId } from '../model/index.ts'
import { prolong } from './endpoint.ts'
import type { Group } from './group.ts'
import type { RunnerEffect } from './types.ts'

export interface RenewalContext {
  readonly self: NodeId
  readonly now: Instant
  readonly emit: (effect: RunnerEffect) => void
}

/**
 * A lease that goes on, of a group that nothing else happens to: a holder of very many groups is told so of each of them with every beat.
 * Whatever may be due besides has asked to be woken for. False: more than that has to be done.
 */
export function renew(group: Group, epoch: Epoch, until: Instant, context: RenewalContext): boolean {
  const { adopted, right, next, closing } = group
  if (right?.epoch !== epoch || context.now >= right.until) return false
  if (next !== null || closing.length > 0 || adopted !== null) return false
  right.until = Math.max(right.until, until)
  for (const endpoint of group.endpoints.values()) if (endpoint.wanted) prolong(endpoint, right, { ...context, group: group.id })
  return true
}
