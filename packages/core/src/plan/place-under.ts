import { fitnessUnder, unlessPaused } from '../engine/maintenance.ts'
import type { EngineStatus } from '../engine/types.ts'
import type { ClusterSpec, ClusterState, Fitness, GroupSpec, NodeId } from '../model/index.ts'
import { place } from '../placement/place.ts'
import type { Candidate } from '../placement/place.ts'

/** Where a group would go, and why. */
export interface Placement {
  readonly next: NodeId | null
  readonly why: string
}

/** Where placement, the coordinator's own, would have a group under another configuration, by what one node knows of the others. */
export function placeUnder(state: ClusterState, wanted: ClusterSpec, status: EngineStatus, group: GroupSpec): Placement {
  const current = state.assignments[group.id]
  const holder = current?.node ?? null
  const isHeard = (node: NodeId): boolean => {
    const known = status.nodes.find(({ id }) => id === node)
    return node === status.node || (known !== undefined && known.heardAgoMs !== null && known.heardAgoMs < wanted.timing.leaseMs)
  }
  const candidates = group.nodes.map((node): Candidate => ({
    node,
    reachable: isHeard(node),
    leaving: status.nodes.find(({ id }) => id === node)?.leaving ?? false,
    fitness: fitnessOf(state, status, group, node),
    failedLately: false,
  }))
  const isMember = wanted.nodes.some(({ id }) => id === holder)
  const decision = unlessPaused(
    state,
    place({
      group,
      current,
      holder: { released: false, heard: holder !== null && isMember && isHeard(holder), lettingGo: false, stalled: false },
      candidates,
      wish: null,
    }),
    isMember ? holder : null,
  )
  if (decision.action === 'stay') return { next: isMember ? holder : null, why: decision.why }
  return { next: decision.to, why: decision.why }
}

/** What is not known so far, because the node was no candidate of the group, is taken to be well. */
function fitnessOf(state: ClusterState, status: EngineStatus, group: GroupSpec, node: NodeId): Fitness {
  const known = status.groups.find(({ id }) => id === group.id)?.candidates.find((candidate) => candidate.node === node)
  return known?.fitness ?? fitnessUnder(state, node, { level: 'fit', reasons: [] })
}
