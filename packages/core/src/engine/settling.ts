import type { ClusterSpec, GroupId, GroupSpec, Instant, NodeId } from '../model/index.ts'
import type { GroupState, NodeState } from '../placement/place-all.ts'
import { obstacle } from '../placement/place.ts'
import type { HolderState } from '../placement/place.ts'

const NOBODY: ReadonlySet<NodeId> = new Set()
/** No wait ends that begins then. */
const NEVER = Infinity

/**
 * Since when each node could have taken each group that goes back by itself, without a break that this coordinator has seen: a new one
 * begins to count anew.
 */
export class Settling {
  private readonly since = new Map<GroupId, Map<NodeId, Instant>>()
  private configured: ClusterSpec['groups'] = []
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
    holderOf: (group: GroupId) => NodeId | null,
    now: Instant,
  ): void {
    if (groups !== this.configured) this.keep(groups)
    for (const { id, nodes: candidates, placement } of groups) {
      if (waitOf(placement) === null) continue
      const since = this.since.get(id) ?? new Map<NodeId, Instant>()
      this.since.set(id, since)
      const failedLately = failed(id)
      const holder = holderOf(id)
      for (const node of candidates) {
        if (!couldTake(nodes.get(node), id)) since.delete(node)
        // Who could not bring it up would fail again, and each time nobody served: not before something has happened to that node.
        else if (failedLately.has(node)) since.set(node, NEVER)
        // Who is moved away by an operator is not to get it back at once, however long it has had it.
        else if (node === holder || !since.has(node)) since.set(node, now)
      }
    }
  }

  /** What is not configured any more begins anew when it is again. */
  private keep(groups: ClusterSpec['groups']): void {
    this.configured = groups
    const waiting = new Map(groups.filter(({ placement }) => waitOf(placement) !== null).map(({ id, nodes }) => [id, nodes]))
    for (const [id, since] of this.since) {
      const candidates = waiting.get(id)
      if (candidates === undefined) this.since.delete(id)
      for (const node of since.keys()) if (candidates?.includes(node) !== true) since.delete(node)
    }
  }

  /** Nodes that could have taken the group for as long as its failback asks for, if it may go back now. */
  settled({ id, nodes, placement }: GroupSpec, { wasAsked }: Pick<HolderState, 'wasAsked'>, now: Instant): ReadonlySet<NodeId> {
    const waitMs = waitOf(placement)
    // A holder that was asked while the window was open may have let go already: turning back then would only cost another claim.
    const mayGoBack = !hasWindow(placement) || this.openWindows.has(id) || wasAsked === true
    if (waitMs === null || !mayGoBack) return NOBODY
    const since = this.since.get(id)
    return new Set(nodes.filter((node) => now - (since?.get(node) ?? Infinity) >= waitMs))
  }

  /** Nodes that could not bring it up, to which nothing has happened since. */
  gaveUp({ id, nodes }: GroupSpec): ReadonlySet<NodeId> {
    const since = this.since.get(id)
    return since === undefined ? NOBODY : new Set(nodes.filter((node) => since.get(node) === NEVER))
  }

  /** When the next node will have settled. */
  nextAt({ groups }: ClusterSpec, now: Instant): Instant {
    let next = Infinity
    for (const { id, nodes, placement } of groups) {
      const waitMs = waitOf(placement)
      if (waitMs === null) continue
      for (const node of nodes) {
        const at = (this.since.get(id)?.get(node) ?? Infinity) + waitMs
        if (at > now) next = Math.min(next, at)
      }
    }
    return next
  }
}

function couldTake(state: NodeState | undefined, group: GroupId): boolean {
  const fitness = state?.fitness[group]
  return state !== undefined && fitness !== undefined && obstacle({ ...state, fitness }) === null
}

function hasWindow(placement: GroupSpec['placement']): boolean {
  return typeof placement?.failback === 'object' && placement.failback.window !== undefined
}

function waitOf(placement: GroupSpec['placement']): number | null {
  return typeof placement?.failback === 'object' ? placement.failback.afterMs : null
}
