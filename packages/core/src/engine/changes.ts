import type {
  ChangeNote,
  ChangeRequest,
  ClusterReply,
  ClusterSpec,
  ClusterState,
  EntryBody,
  GroupSpec,
  Index,
  Instant,
  MaintenanceOrder,
  Member,
  NodeId,
  RefusedReply,
  Term,
} from '../model/index.ts'
import type { Decision } from '../placement/place.ts'
import type { RaftLog } from '../raft/log.ts'
import type { Raft } from '../raft/raft.ts'
import type { Origin } from './moves.ts'

export interface ChangesContext {
  readonly raft: Raft
  readonly state: () => ClusterState
  readonly answer: (origin: Origin, reply: ClusterReply) => void
  /** What placement would do without any operator's wish. */
  readonly decide: (now: Instant) => readonly Decision[]
  /** Appends a configuration. null: done; else why not. */
  readonly configure: (spec: ClusterSpec, now: Instant, note: ChangeNote) => string | null
}

/** A change that was appended, and who waits for a quorum to have it. */
interface Pending {
  readonly type: ChangeRequest['type']
  readonly index: Index
  readonly term: Term
  readonly origin: Origin
}

type Refusal = Omit<RefusedReply, 'ok'>

const HANDING_OVER: Refusal = { code: 'not-now', message: 'this node is handing coordination over: ask again in a moment' }

/** What operators have asked to be brought into the log: each is answered once, when a quorum has it or it cannot be. */
export class Changes {
  private readonly context: ChangesContext
  private pending: Pending[] = []

  constructor(context: ChangesContext) {
    this.context = context
  }

  request(request: ChangeRequest, origin: Origin, now: Instant): void {
    const { raft, answer } = this.context
    const refusal = this.propose(request, now)
    if (refusal !== null) return answer(origin, { ok: false, ...refusal })
    this.pending.push({ type: request.type, index: raft.view.log.lastIndex, term: raft.view.term, origin })
    return undefined
  }

  /** Somebody waits. */
  get isPending(): boolean {
    return this.pending.length > 0
  }

  /** Answers what a quorum has by now. */
  settle(): void {
    const { quorumCommit, term } = this.context.raft.view
    const isDone = (change: Pending): boolean => change.term === term && change.index <= quorumCommit
    const done = this.pending.filter(isDone)
    if (done.length === 0) return
    this.pending = this.pending.filter((change) => !isDone(change))
    for (const { origin, index } of done) this.context.answer(origin, { ok: true, index })
  }

  /** This node coordinates no more: what is not known to be committed may become so, or be cut off. */
  abandon(): void {
    const { log, quorumCommit } = this.context.raft.view
    const left = this.pending
    this.pending = []
    for (const { origin, index, term } of left) {
      const isIn = index <= quorumCommit && log.termAt(index) === term
      const message = 'the coordinator changed before a quorum had the change; see movip history and movip status'
      this.context.answer(origin, isIn ? { ok: true, index } : { ok: false, code: 'no-quorum', message })
    }
  }

  private propose(request: ChangeRequest, now: Instant): Refusal | null {
    if (request.type === 'configure') return this.configure(request, now)
    if (request.type === 'maintain') return this.maintain(request, now)
    return this.context.raft.propose(wordOf(request), now) === null ? HANDING_OVER : null
  }

  /** Two who change the same configuration at the same time must not overwrite one another unseen. */
  private configure({ spec, version, note }: Extract<ChangeRequest, { type: 'configure' }>, now: Instant): Refusal | null {
    const present = this.context.raft.view.log.spec.version
    if (version !== present) {
      const message = `the configuration is version ${present} by now, and this change was made from version ${version}`
      return { code: 'outdated', message }
    }
    const refused = this.context.configure(spec, now, note)
    return refused === null ? null : { code: 'not-now', message: refused }
  }

  private maintain({ order, force, note }: Extract<ChangeRequest, { type: 'maintain' }>, now: Instant): Refusal | null {
    const refusal = this.unknownIn(order) ?? (order.action === 'drain' && !force ? this.lastFit(order.nodes, now) : null)
    if (refusal !== null) return refusal
    // The second of two drains has to know of the first one.
    if (this.pending.some(({ type }) => type === 'maintain')) return { code: 'busy', message: 'another operator is draining or pausing' }
    if (this.context.raft.propose({ type: 'maintenance', order, note }, now) !== null) return null
    return HANDING_OVER
  }

  private unknownIn(order: MaintenanceOrder): Refusal | null {
    const { nodes, groups } = this.context.state().spec
    if ('nodes' in order) {
      const unknown = order.nodes.find((name) => !nodes.some(({ id }) => id === name))
      if (unknown === undefined) return null
      return { code: 'unknown-node', message: `there is no node ${unknown}; there is ${nodes.map(({ id }) => id).join(', ')}` }
    }
    if (order.group === null || groups.some(({ id }) => id === order.group)) return null
    return { code: 'unknown-group', message: `there is no group ${order.group}; there is ${groups.map(({ id }) => id).join(', ')}` }
  }

  /** A group that must be where others are goes where these can go, unless it may be nowhere there. */
  private losesItsLeaders({ id, nodes: own, placement }: GroupSpec, drained: readonly NodeId[]): boolean {
    const { log } = this.context.raft.view
    const { groups } = this.context.state().spec
    const leaders = groups.filter((group) => placement?.together?.includes(group.id) === true)
    const left = own.filter((node) => !drained.includes(node) && leaders.every(({ nodes }) => nodes.includes(node)))
    return left.length === 0 && drained.some((node) => node === log.latest.get(id)?.node)
  }

  /** Whoever drains the last node that a group could be on would have it end with that node. */
  private lastFit(nodes: readonly NodeId[], now: Instant): Refusal | null {
    const { raft, state, decide } = this.context
    const decisions = new Map(decide(now).map((decision) => [decision.group, decision]))
    const bereft = state().spec.groups.filter((group) => {
      if (group.placement?.together !== undefined) return this.losesItsLeaders(group, nodes)
      const blocked = decisions.get(group.id)?.blocked ?? {}
      const holder = raft.view.log.latest.get(group.id)?.node
      const isTouched = nodes.some((node) => node === holder || (group.nodes.includes(node) && blocked[node] === undefined))
      return isTouched && !group.nodes.some((node) => !nodes.includes(node) && blocked[node] === undefined)
    })
    if (bereft.length === 0) return null
    const names = bereft.map(({ id }) => id).join(', ')
    return {
      code: 'last-fit',
      message: `no other node could take ${names}: nothing would be left to serve it should ${nodes.join(' and ')} fail`,
    }
  }
}

/** Why voters that cannot be heard are not made part of a quorum. Nobody but members is heard. */
export function refusalFor(silent: readonly NodeId[], { nodes }: ClusterSpec): string {
  const strangers = silent.filter((node) => !nodes.some(({ id }) => id === node))
  const step = strangers.length === 0 ? 'start what is down first' : `add ${strangers.join(' and ')} with voter: false first`
  return `of the voters that there would be, ${silent.join(' and ')} cannot be heard: nothing could be decided any more; ${step}`
}

/** A node that comes back would take up what it was given before, with another data folder that knows nothing of it. */
export function holderFromBefore(spec: ClusterSpec, log: RaftLog): NodeId | null {
  const isNew = ({ id }: Member): boolean => !log.spec.spec.nodes.some((node) => node.id === id)
  return spec.nodes.find((node) => isNew(node) && [...log.latest.values()].some((held) => held.node === node.id))?.id ?? null
}

/** The entry for what a node says, and nobody judges. */
function wordOf(request: Extract<ChangeRequest, { type: 'clear' | 'tell' }>): EntryBody {
  if (request.type === 'tell') return { type: 'incidents', incidents: request.incidents }
  const { node, epochs, how } = request
  return { type: 'cleared', node, epochs, how }
}
