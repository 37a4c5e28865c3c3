import type { ClusterSpec, Instant, NodeId } from '../model/index.ts'
import type { NodeState } from '../placement/place-all.ts'
import type { Peers, PeerView } from './peers.ts'

/** What placement has to know of the nodes. */
export function surveyNodes(
  { nodes }: ClusterSpec,
  peers: Peers,
  reachable: ReadonlySet<NodeId>,
  now: Instant,
): ReadonlyMap<NodeId, NodeState> {
  return new Map(
    nodes.map(({ id }) => {
      const view = peers.get(id)
      const { leaving = false, fitness = {} } = view?.beat.report ?? {}
      const upMs = view === undefined ? undefined : upOf(view, now)
      return [id, { reachable: reachable.has(id), leaving, fitness, ...(upMs === undefined ? {} : { upMs }) }]
    }),
  )
}

/** How long a node has been up, by its own clock as far as it has said. */
function upOf({ beat, heardAt }: PeerView, now: Instant): number | undefined {
  const { startedAt } = beat.report
  return startedAt === undefined ? undefined : beat.sentAt - startedAt + (now - heardAt)
}

/** When the start of some node will be long enough ago for some group. */
export function nextStarted({ groups }: ClusterSpec, peers: Peers, now: Instant): Instant {
  const delays = new Set(groups.flatMap(({ placement }) => placement?.startDelayMs ?? []))
  if (delays.size === 0) return Infinity
  let next = Infinity
  for (const view of peers.all()) {
    const upMs = upOf(view, now) ?? Infinity
    for (const delayMs of delays) if (upMs < delayMs) next = Math.min(next, now + delayMs - upMs)
  }
  return next
}
