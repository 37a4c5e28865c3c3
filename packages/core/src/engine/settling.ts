import type { ClusterSpec, GroupId, GroupSpec, Instant, NodeId } from '../model/index.ts'
import type { GroupState, NodeState } from '../placement/place-all.ts'
import { obstacle } from '../placement/place.ts'
import type { HolderState } from '../placement/place.ts'

const NOBODY: ReadonlySet<NodeId> = new Set()

/**
 * Since when each node could have taken each group that goes back by itself, without a break that this coordinator has seen: a new one
 * begins to count anew.
 */
export class Settling {
  private since = new Map<string, Instant>()
  /** Groups whose window is open now, as this node was told: not a matter of office. */
  openWindows: ReadonlySet<GroupId> = new Set()

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
        if (state === undefined || fitness === undefined || obstacle({ ...state, fitness }) !== null) continue
        const key = `${id} ${node}`
        // Who could not bring it up would fail again, and each time nobody served: not before something has happened to that node.
        since.set(key, failed(id).has(node) ? Infinity : (this.since.get(key) ?? now))
      }
    }
    this.since = since
  }

  /** Nodes that could have taken the group for as long as its failback asks for, if it may go back now. */
  settled({ id, nodes, placement }: GroupSpec, { wasAsked }: Pick<HolderState, 'wasAsked'>, now: Instant): ReadonlySet<NodeId> {
    const waitMs = waitOf(placement)
    // A holder that was asked while the window was open may have let go already: turning back then would only cost another claim.
    const mayGoBack = !hasWindow(placement) || this.openWindows.has(id) || wasAsked === true
    if (waitMs === null || !mayGoBack) return NOBODY
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

function hasWindow(placement: GroupSpec['placement']): boolean {
  return typeof placement?.failback === 'object' && placement.failback.window !== undefined
}

function waitOf(placement: GroupSpec['placement']): number | null {
  return typeof placement?.failback === 'object' ? placement.failback.afterMs : null
}
