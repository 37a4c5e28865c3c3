import type { Instant } from '../model/index.ts'
import type { Brain } from './brain.ts'
import type { Effect } from './types.ts'

/** Whatever is assigned to a node that gave everything up, it gives up, too. */
export function giveUp(brain: Brain, now: Instant): void {
  const effects = brain.holdings.dropAll('operator', now)
  if (effects.length > 0) brain.beatDue = true
  brain.emit(...effects)
}

/**
 * A group that was given to another node by a commit, while this node's lease still runs by its own clock: that clock stood still, as a
 * hypervisor may let it. The lease is worth nothing then.
 */
export function letGoOfCommitted({ raft, holdings }: Brain, now: Instant): readonly Effect[] {
  return raft
    .heldCommitted()
    .flatMap(({ index, body }) => (body.type === 'assign' ? holdings.dropBefore(body.group, index, 'assigned-elsewhere', now) : []))
}
