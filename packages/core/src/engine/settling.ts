import type { ClusterSpec, GroupId, GroupSpec, Instant, NodeId } from '../model/index.ts'
import type { GroupState, NodeState } from '../placement/place-all.ts'
import { obstacle } from '../placement/place.ts'

const NOBODY: ReadonlySet<NodeId> = new Set()

/**
 * Since when each node could have taken each group that goes back by itself, without a break that this coordinator has seen: a new one
 * begins to count anew.
 */
export class Settling {
  private since = new Map<string, Instant>()

  reset(): void {
    this.since.clear()
  }

  /** Looks at all nodes again. To be told of whatever changes, at once. */
  note(
    { groups }: ClusterSpec,
    nodes: ReadonlyMap<NodeId, NodeState>,
    failed: (group: GroupId) => GroupState['failedLately'],
    now: Instant,
  ): void {
    const since = new Map<string, Instant>()
    for (const { id, nodes: candidates, placement } of groups) {
      if (waitOf(placement) === null) continue
      for (const node of candidates) {
        const state = nodes.get(node)
        const fitness = state?.fitness[id]
        if (state === undefined || fitness === undefined || obstacle({ ...state, fitness }) !== null || failed(id).has(node)) continue
        const key = `${id} ${node}`
        since.set(key, this.since.get(key) ?? now)
      }
    }
    this.since = since
  }

  /** Nodes that could have taken the group for as long as its failback asks for. */
  settled({ id, nodes, placement }: GroupSpec, now: Instant): ReadonlySet<NodeId> {
    const waitMs = waitOf(placement)
    if (waitMs === null) return NOBODY
    return new Set(nodes.filter((node) => now - (this.since.get(`${id} ${node}`) ?? Infinity) >= waitMs))
  }

  /** When the next node will have settled. */
  nextAt({ groups }: ClusterSpec, now: Instant): Instant {
    let next = Infinity
    for (const { id, nodes, placement } of groups) {
      const waitMs = waitOf(placement)
      if (waitMs === null) continue
      for (const node of nodes) {
        const at = (this.since.get(`${id} ${node}`) ?? Infinity) + waitMs
        if (at > now) next = Math.min(next, at)
      }
    }
    return next
  }
}

function waitOf(placement: GroupSpec['placement']): number | null {
  return typeof placement?.failback === 'object' ? placement.failback.afterMs : null
}
