import { quorumOf, votersOf } from '../../model/index.ts'
import type { ClusterSpec, NodeId } from '../../model/index.ts'

/** Is there a quorum without the node, and somebody else for each group? */
export function isExpendable(node: NodeId, spec: ClusterSpec): boolean {
  const voters = votersOf(spec)
  const left = voters.filter((voter) => voter !== node)
  return left.length >= quorumOf(voters.length) && spec.groups.every(({ nodes }) => nodes.some((other) => other !== node))
}
