import type { ClusterState, Instant, NodeId } from '../model/index.ts'
import type { Raft } from '../raft/raft.ts'
import type { Peers } from './peers.ts'

export interface ReachableContext {
  readonly self: NodeId
  readonly peers: Peers
  readonly raft: Raft
  readonly state: () => ClusterState
}

/** Heard lately, following this coordinator, and (for a voter, whose echoes tell) hearing it, too. */
export function isReachable({ self, peers, raft, state }: ReachableContext, node: NodeId, now: Instant): boolean {
  if (node === self) return true
  const view = peers.get(node)
  const { heartbeatMs, leaseMs } = state().spec.timing
  const recentMs = Math.min(leaseMs / 2, 5 * heartbeatMs)
  if (view === undefined || now - view.heardAt > recentMs) return false
  if (view.beat.coordinator !== self || view.beat.term !== raft.view.term) return false
  if (!raft.voters.includes(node)) return true
  const echo = view.beat.echoes.find((other) => other.node === self)
  return echo !== undefined && now - echo.sentAt < recentMs + 2 * heartbeatMs
}

export function reachable(context: ReachableContext, now: Instant): ReadonlySet<NodeId> {
  const { nodes } = context.state().spec
  return new Set(nodes.map(({ id }) => id).filter((id) => isReachable(context, id, now)))
}

/** Silence is no news: it is all that has to be watched where everything is at rest. */
export function whoIsHeard(context: ReachableContext, now: Instant): string {
  const { nodes, timing } = context.state().spec
  const isHeard = (node: NodeId): boolean => now - (context.peers.get(node)?.heardAt ?? -Infinity) < timing.leaseMs
  return nodes.map(({ id }) => `${Number(isHeard(id))}${Number(isReachable(context, id, now))}`).join('')
}
