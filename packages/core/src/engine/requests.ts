import { serviceMsOf } from '../model/index.ts'
import type { ClusterRequest, DrillRequest, Instant, NodeId, ReplyMessage, RequestMessage } from '../model/index.ts'
import type { Brain } from './brain.ts'
import { strike } from './strike.ts'

/** After so many leases without a reply the one who asked is told so. */
const REQUEST_TIMEOUT_LEASES = 12

/** So many leases a wish is remembered: its message may come twice, and late. */
const MEMORY_LEASES = 30

/** A wish from this node's API: carried out here, or forwarded to the coordinator. */
export function onRequest(brain: Brain, id: string, request: ClusterRequest, now: Instant): void {
  if (request.type === 'drill') return onDrill(brain, id, request, now)
  const { self, raft } = brain
  if (raft.isCoordinator) return brain.coordination.request(request, { node: self, id }, now)
  const { coordinator } = raft.view
  if (coordinator === null || !brain.hasQuorum(now)) {
    const message = 'no coordinator: fewer than a quorum of voters can be reached'
    return brain.emit({ type: 'reply', id, reply: { ok: false, code: 'no-quorum', message } })
  }
  return forward(brain, id, request, coordinator, now)
}

function forward(brain: Brain, id: string, request: ClusterRequest, to: NodeId, now: Instant): void {
  const { self, incarnation } = brain
  brain.requests.set(id, now + REQUEST_TIMEOUT_LEASES * brain.state.spec.timing.leaseMs + serviceTimeOf(brain, request))
  brain.emit({ type: 'send', to, message: { type: 'request', from: self, incarnation, to, id, request } })
}

/** A drill is for the holder of its group, wherever that is. */
function onDrill(brain: Brain, id: string, request: DrillRequest, now: Instant): void {
  const { self, state } = brain
  const holder = state.assignments[request.group]?.node ?? null
  if (holder === self) return strike(brain, request, (reply) => brain.answer({ node: self, id }, reply), now)
  if (holder !== null) return forward(brain, id, request, holder, now)
  return brain.answer({ node: self, id }, { ok: false, code: 'not-now', message: `nobody holds ${request.group}` })
}

/** A group that moves takes its service along. */
function serviceTimeOf({ state }: Brain, request: ClusterRequest): number {
  const group = request.type === 'switchover' ? state.spec.groups.find(({ id }) => id === request.group) : undefined
  if (group === undefined) return 0
  const { startMs, stopMs } = serviceMsOf(group)
  return startMs + stopMs
}

/** A wish that another node forwarded. It is carried out once, however often it is heard. */
export function onRequestMessage(brain: Brain, message: RequestMessage, now: Instant): void {
  const { from, id, request } = message
  if (request.type === 'drill') {
    if (!isRepeated(brain, message, now)) strike(brain, request, (reply) => brain.answer({ node: from, id }, reply), now)
    return undefined
  }
  if (brain.raft.isCoordinator)
    return isRepeated(brain, message, now) ? undefined : brain.coordination.request(request, { node: from, id }, now)
  const { self, incarnation } = brain
  const reply = { ok: false, code: 'no-quorum', message: `${self} does not coordinate the cluster any more` } as const
  return brain.emit({ type: 'send', to: from, message: { type: 'reply', from: self, incarnation, to: from, id, reply } })
}

function isRepeated({ heardWishes, state }: Brain, { from, incarnation, id }: RequestMessage, now: Instant): boolean {
  for (const [wish, until] of heardWishes) if (until <= now) heardWishes.delete(wish)
  const wish = `${from} ${incarnation.dataId} ${incarnation.generation} ${id}`
  if (heardWishes.has(wish)) return true
  heardWishes.set(wish, now + MEMORY_LEASES * state.spec.timing.leaseMs)
  return false
}

export function onReply(brain: Brain, message: ReplyMessage): void {
  if (brain.requests.delete(message.id)) brain.emit({ type: 'reply', id: message.id, reply: message.reply })
}

export function expireRequests(brain: Brain, now: Instant): void {
  for (const [id, until] of brain.requests) {
    if (now < until) continue
    brain.requests.delete(id)
    brain.emit({ type: 'reply', id, reply: { ok: false, code: 'timeout', message: 'who was asked did not answer; see movip status' } })
  }
}
