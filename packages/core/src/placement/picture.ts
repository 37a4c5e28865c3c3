import type { ClusterSpec, GroupId, GroupSpec, NodeId } from '../model/index.ts'
import type { GroupState } from './place-all.ts'
import type { Decision } from './place.ts'

/** Where every group is, or is to go by what was decided so far, and what that leaves of each node's capacity. */
export class Picture {
  private readonly places = new Map<GroupId, NodeId | null>()
  private readonly loads = new Map<NodeId, number>()
  /** By those groups alone that have been decided. */
  private readonly decidedLoads = new Map<NodeId, number>()

  constructor({ groups }: Pick<ClusterSpec, 'groups'>, states: ReadonlyMap<GroupId, GroupState>) {
    for (const group of groups) {
      const node = states.get(group.id)?.current?.node ?? null
      this.places.set(group.id, node)
      if (node !== null) add(this.loads, node, weightOf(group))
    }
  }

  /** null: nowhere. undefined: there is no such group. */
  placeOf(group: GroupId): NodeId | null | undefined {
    return this.places.get(group)
  }

  /** What others already take of a node, before the group is decided. Where it is already, those before it have the better right. */
  loadBeside(group: GroupSpec, node: NodeId): number {
    return (this.places.get(group.id) === node ? this.decidedLoads : this.loads).get(node) ?? 0
  }

  note(group: GroupSpec, decision: Decision): void {
    const from = this.places.get(group.id) ?? null
    const weight = weightOf(group)
    const to = decision.action === 'stay' ? from : decision.to
    this.places.set(group.id, to)
    if (to !== null) add(this.decidedLoads, to, weight)
    if (to === from) return
    if (to !== null) add(this.loads, to, weight)
    // Who is only asked still has it; both need the room until it is released.
    if (from !== null && decision.action === 'assign') add(this.loads, from, -weight)
    else if (from !== null) add(this.decidedLoads, from, weight)
  }
}

export function weightOf({ placement }: GroupSpec): number {
  return placement?.weight ?? 1
}

function add(loads: Map<NodeId, number>, node: NodeId, weight: number): void {
  loads.set(node, (loads.get(node) ?? 0) + weight)
}
