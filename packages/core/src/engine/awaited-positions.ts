import type { ClusterState, Epoch, GroupId, GroupSpec, Instant, NodeId } from '../model/index.ts'
import type { Peers, PeerView } from './peers.ts'

/** For so many leases a node that could take the group is waited for; then what is known must do. */
export const PATIENCE_LEASES = 10

export interface AwaitedPositionsContext {
  readonly peers: Peers
  readonly state: () => ClusterState
}

/**
 * A group that goes by its data is given to nobody before every node that could take it has said how far its data is, as found out since
 * nobody could write any more: what was said before may be of a moment in which another node was ahead.
 */
export class AwaitedPositions {
  private readonly context: AwaitedPositionsContext
  /** Since when nobody holds a lease of the group. */
  private readonly free = new Map<GroupId, { readonly epoch: Epoch; readonly at: Instant }>()

  constructor(context: AwaitedPositionsContext) {
    this.context = context
  }

  clear(): void {
    this.free.clear()
  }

  /** Whether the group may be given away as far as data goes. To be told of every look at a group, whether it is free of its holder. */
  areTold(group: GroupSpec, epoch: Epoch, isFree: boolean, now: Instant): boolean {
    if (!isFree) this.free.delete(group.id)
    if (!isFree || group.placement?.prefer !== 'current') return isFree
    const known = this.free.get(group.id)
    const at = known?.epoch === epoch ? known.at : now
    if (known?.epoch !== epoch) this.free.set(group.id, { epoch, at })
    const { leaseMs } = this.context.state().spec.timing
    return now - at >= PATIENCE_LEASES * leaseMs || group.nodes.every((node) => this.isTold(group.id, node, at, now))
  }

  /** Nobody waits for a node that could not take the group anyway. */
  private isTold(group: GroupId, node: NodeId, since: Instant, now: Instant): boolean {
    const view = this.context.peers.get(node)
    if (view === undefined || now - view.heardAt >= this.context.state().spec.timing.leaseMs) return true
    const { fitness, leaving } = view.beat.report
    return leaving || fitness[group]?.level === 'unfit' || foundAt(view, group) >= since
  }
}

/** When the node found out how far its data is, on this node's clock, or a little before; -Infinity: it does not tell. */
function foundAt({ beat, heardAt }: PeerView, group: GroupId): Instant {
  const told = beat.report.positions?.[group]
  return told === undefined ? -Infinity : heardAt - (beat.sentAt - told.at)
}
