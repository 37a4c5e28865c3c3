import type { ClusterSpec, GroupSpec } from './cluster.ts'
import type { Epoch, GroupId, NodeId } from './ids.ts'

/** One way of switching a node off: an agent of the system that speaks the ClusterLabs API, and what it has to know. */
export interface FenceDevice {
  /** For example `fence_ipmilan`. */
  readonly agent: string
  readonly options: Readonly<Record<string, string>>
  /** By parameter of the agent: the name that `node.yaml` has for the file with its value. */
  readonly secrets: Readonly<Record<string, string>>
  readonly action: 'off' | 'reboot'
  /** A call that takes longer has failed. */
  readonly timeoutMs: number
}

/** A former holder that has not said that it released the group under that epoch: it may still run its service. */
export interface Suspect {
  readonly node: NodeId
  readonly epoch: Epoch
}

/** By group that asks for a fence: who has to be off before anybody starts its service. */
export type Suspects = Readonly<Record<GroupId, readonly Suspect[]>>

/** How long it may take to fence one of the nodes that may hold the group, at most. */
export function fenceMsOf({ nodes }: ClusterSpec, group: GroupSpec): number {
  const longest = nodes
    .filter(({ id }) => group.nodes.includes(id))
    .map(({ fence = [] }) => fence.reduce((sum, { timeoutMs }) => sum + timeoutMs, 0))
  return group.fence === undefined ? 0 : Math.max(0, ...longest)
}
