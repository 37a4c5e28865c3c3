import { quorumOf, votersOf } from '../../model/index.ts'
import type { ClusterSpec, NodeId } from '../../model/index.ts'
import type { SimMachine } from './machine.ts'

/** Is there a quorum without the node? */
export function hasQuorumWithout(node: NodeId, spec: ClusterSpec): boolean {
  const voters = votersOf(spec)
  return voters.filter((voter) => voter !== node).length >= quorumOf(voters.length)
}

/** Is there a quorum without the node, and somebody else for each group? */
export function isExpendable(node: NodeId, spec: ClusterSpec): boolean {
  return hasQuorumWithout(node, spec) && spec.groups.every(({ nodes }) => nodes.some((other) => other !== node))
}

/** Is something so by every configuration that any of the machines may come to act by? */
export function isSoByAll(machines: readonly SimMachine[], isSo: (spec: ClusterSpec) => boolean): boolean {
  return machines.every(({ written, durable }) => isSo(written.spec) && isSo(durable.spec))
}
