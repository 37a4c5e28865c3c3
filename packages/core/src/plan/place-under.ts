import { asTold } from '../engine/as-told.ts'
import { fitnessUnder, unlessPaused } from '../engine/maintenance.ts'
import type { EngineStatus } from '../engine/types.ts'
import type { ClusterSpec, ClusterState, Fitness, GroupId, GroupSpec, Member, NodeId } from '../model/index.ts'
import { placeAll } from '../placement/place-all.ts'
import type { GroupState, NodeState } from '../placement/place-all.ts'

/** Where a group would go, and why. */
export interface Placement {
  readonly next: NodeId | null
  readonly why: string
}

/** Where placement, the coordinator's own, would have every group under another configuration, by what one node knows of the others. */
export function placeUnder(state: ClusterState, wanted: ClusterSpec, status: EngineStatus): ReadonlyMap<GroupId, Placement> {
  const nodes = new Map(wanted.nodes.map((node) => [node.id, nodeState(state, wanted, status, node)]))
  const groups = new Map(wanted.groups.map((group) => [group.id, groupState(state, status, nodes, group)]))
  const holderOf = (group: GroupId): NodeId | null => {
    const owner = state.assignments[group]?.node ?? null
    return owner !== null && nodes.has(owner) ? owner : null
  }
  const decisions = placeAll({ spec: wanted, nodes, groups }, (decision, input) =>
    holderOf(decision.group) === null ? decision : unlessPaused(state, decision, input),
  )
  return new Map(
    decisions.map((decision) => [
      decision.group,
      { next: decision.action === 'stay' ? holderOf(decision.group) : decision.to, why: decision.why },
    ]),
  )
}

function nodeState(state: ClusterState, wanted: ClusterSpec, status: EngineStatus, { id }: Member): NodeState {
  const fitness = Object.fromEntries(wanted.groups.map((group) => [group.id, fitnessOf(state, status, group, id)]))
  return { reachable: isHeard(wanted, status, id), ...asTold(status, id), fitness }
}

function isHeard({ timing }: ClusterSpec, { node: self, nodes }: EngineStatus, id: NodeId): boolean {
  const heardAgoMs = nodes.find((node) => node.id === id)?.heardAgoMs ?? null
  return id === self || (heardAgoMs !== null && heardAgoMs < timing.leaseMs)
}

function groupState(state: ClusterState, status: EngineStatus, nodes: ReadonlyMap<NodeId, NodeState>, { id }: GroupSpec): GroupState {
  const current = state.assignments[id]
  const candidates = status.groups.find((group) => group.id === id)?.candidates ?? []
  const failedLately = new Set(candidates.flatMap(({ node, failedLately: failed }) => (failed === true ? [node] : [])))
  const holding = current?.node ?? ''
  // Who holds it and is to leave is heard as long as it is here.
  const heard = nodes.get(holding)?.reachable ?? isHeard(state.spec, status, holding)
  const holder = { released: false, heard, lettingGo: false, stalled: false }
  return { current, holder, wish: null, failedLately, settled: new Set(), gaveUp: new Set() }
}

/** What is not known so far, because the node was no candidate of the group, is taken to be well. */
function fitnessOf(state: ClusterState, status: EngineStatus, group: GroupSpec, node: NodeId): Fitness {
  const known = status.groups.find(({ id }) => id === group.id)?.candidates.find((candidate) => candidate.node === node)
  return known?.fitness ?? fitnessUnder(state, node, { level: 'fit', reasons: [] })
}
