import type { ChangeHandlers, FenceWish } from '../api/change-routes.ts'
import type { EngineStatus } from '../engine/types.ts'
import type { ChangeRequest, ClusterReply, ClusterState } from '../model/index.ts'

interface Cluster {
  clusterState(): ClusterState
  engineStatus(): EngineStatus
  request(request: ChangeRequest, withinMs: number): Promise<ClusterReply>
}

/** How long an operator is kept waiting for a quorum to have it. */
const confirmMs = 15_000

/** An operator has seen that a node is off, for which groups wait: their holders need not fence it any more. */
export async function confirmOff(cluster: Cluster, { node, by }: FenceWish): ReturnType<ChangeHandlers['confirmOff']> {
  const { suspects = {}, spec } = cluster.clusterState()
  const waiting = Object.entries(suspects).filter(([, all]) => all.some((suspect) => suspect.node === node))
  if (waiting.length === 0) {
    const isMember = spec.nodes.some(({ id }) => id === node)
    if (!isMember) return { code: 'unknown-node', message: `there is no node ${node}`, fix: 'see the nodes with: movip status' }
    return { code: 'not-suspected', message: `no group waits for ${node} to be off`, fix: 'nothing; see movip status' }
  }
  const { nodes, node: self } = cluster.engineStatus()
  const heardAgoMs = nodes.find(({ id }) => id === node)?.heardAgoMs ?? Infinity
  if (heardAgoMs < spec.timing.leaseMs) {
    const message = `${node} was heard ${Math.round(heardAgoMs)} ms ago: it is not off`
    return { code: 'still-heard', message, fix: `switch it off first, or let it stop the service: it says so by itself` }
  }
  const epochs = waiting.flatMap(([, all]) => all.filter((suspect) => suspect.node === node).map(({ epoch }) => epoch))
  const reply = await cluster.request({ type: 'clear', node, epochs, how: `${by} at ${self} has seen that ${node} is off` }, confirmMs)
  if (!reply.ok) return { code: reply.code, message: reply.message, fix: 'try again in a few seconds; see movip status' }
  if (!('index' in reply)) throw new Error('invariant: a confirmation is answered like a move')
  return { index: reply.index, groups: waiting.map(([group]) => group) }
}
