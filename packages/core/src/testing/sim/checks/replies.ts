import type { Effect, EngineStatus } from '../../../engine/types.ts'
import type {
  ChangeRequest,
  ClusterReply,
  ClusterRequest,
  ClusterSpec,
  Entry,
  Epoch,
  GroupId,
  Index,
  MoveReply,
  MoveRequest,
  NodeId,
} from '../../../model/index.ts'
import type { Released } from '../../../runtime/open-requests.ts'
import { ROUNDING_MS } from './rights.ts'
import type { Watched } from './rights.ts'
import type { Step } from './step.ts'
import { violate } from './violation.ts'

/** Whom operators ask, and whose endpoints can be looked at. */
export interface Asked extends Watched {
  readonly isVoter: boolean
  /** Every endpoint of a group that applies there. */
  endpointsOf(group: GroupId): readonly string[]
}

/** What an operator asked of one life of a daemon. */
export interface Ticket {
  readonly node: NodeId
  readonly life: number
  readonly what: string
  readonly withinMs: number
  isAnswered: boolean
}

/** A request as an engine was told it. */
interface Wish {
  readonly request: ClusterRequest
  readonly at: number
  /** By node: the endpoints of the group, as configured there when it was asked. */
  readonly endpoints: ReadonlyMap<NodeId, readonly string[]>
  /** Infinity: not so far. */
  answeredAt: number
}

/** A wish with the answer that it gets. */
interface Answered {
  readonly node: NodeId
  readonly id: string
  readonly wish: Wish
}

/** An operator was told that this is in the log at that place. */
interface Claim {
  readonly node: NodeId
  readonly id: string
  readonly request: ChangeRequest
  readonly index: Index
}

export interface RepliesContext {
  readonly now: () => number
  readonly nodes: ReadonlyMap<NodeId, Asked>
  readonly entryAt: (index: Index) => Entry | undefined
  /** The longest lease that was ever configured. */
  readonly longestLeaseMs: () => number
}

/** Every request gets one answer, in time while its node lives, and a yes is true in the world. */
export class RepliesCheck {
  readonly #context: RepliesContext
  readonly #wishes = new Map<string, Wish>()
  #open: Ticket[] = []
  /** Changes that were said to be made, and are not known as committed so far. */
  #claimed: Claim[] = []
  /** Endpoints that came up, by node, group and epoch. */
  readonly #cameUp = new Map<string, Set<string>>()
  /** By node, group and epoch: it called itself active while everything that was configured then had come up. */
  readonly #served = new Set<string>()
  /** True time until which the lease ran or runs, by node, group and epoch. */
  readonly #leases = new Map<string, number>()

  constructor(context: RepliesContext) {
    this.#context = context
  }

  /** Traffic began to come to an endpoint. */
  up(node: NodeId, group: GroupId, endpoint: string, epoch: Epoch): void {
    const key = holding(node, group, epoch)
    this.#cameUp.set(key, (this.#cameUp.get(key) ?? new Set()).add(endpoint))
  }

  leased(node: Asked, group: GroupId, epoch: Epoch, until: number): void {
    this.#leases.set(holding(node.id, group, epoch), node.clock.trueAt(until))
  }

  /** Called with each step of the engine. */
  stepped(node: Asked, { life, news, effects }: Step): void {
    this.#claimed = this.#claimed.filter((claim) => !this.#isJudged(claim))
    if (news.type === 'configure') this.#isConfigured(node.id, news, effects)
    if (news.type === 'holding' && news.state === 'active') this.#noteServed(node, news.group, news.epoch)
    if (news.type === 'request') this.#wishes.set(`${node.id} ${life} ${news.id}`, this.#wish(news.request))
    for (const effect of effects) {
      if (effect.type !== 'reply') continue
      const wish = this.#wishes.get(`${node.id} ${life} ${effect.id}`)
      if (wish === undefined) violate('one answer a request', `${node.id} answers ${effect.id}, which nobody asked of this life`)
      if (wish.answeredAt !== Infinity) violate('one answer a request', `${node.id} answers ${effect.id} a second time`)
      wish.answeredAt = this.#context.now()
      if (effect.reply.ok) this.#isTrue({ node: node.id, id: effect.id, wish }, effect.reply)
      else if (effect.reply.code === 'busy') this.#isBusy(effect.id, wish)
    }
  }

  #noteServed(node: Asked, group: GroupId, epoch: Epoch): void {
    const key = holding(node.id, group, epoch)
    if (node.endpointsOf(group).every((endpoint) => this.#cameUp.get(key)?.has(endpoint))) this.#served.add(key)
  }

  /** A change of configuration is answered at once, and a yes means that its entry is on its way to the disk. */
  #isConfigured(node: NodeId, { id, spec }: { readonly id: string; readonly spec: ClusterSpec }, effects: readonly Effect[]): void {
    const answers = effects.filter((effect) => effect.type === 'configured')
    const answer = answers[0]
    if (answer === undefined || answers.length > 1 || answer.id !== id)
      violate('one answer a request', `${node} answers ${answers.length} times to the change ${id}`)
    const entries = effects.flatMap((effect) => (effect.type === 'persist' ? (effect.write.entries ?? []) : []))
    if (answer.refused === null && !entries.some(({ body }) => body.type === 'cluster' && body.spec === spec))
      violate('a yes is true', `${node} answers that the change ${id} is made, which is not in its log`)
  }

  #wish(request: ClusterRequest): Wish {
    const of = (node: Asked): readonly string[] => ('group' in request ? node.endpointsOf(request.group) : [])
    const endpoints = new Map([...this.#context.nodes.values()].map((node) => [node.id, of(node)]))
    return { request, at: this.#context.now(), endpoints, answeredAt: Infinity }
  }

  /** A daemon takes up what an operator asks through its API. */
  asked(node: Asked, what: string, withinMs: number): Ticket {
    const ticket = { node: node.id, life: node.life, what, withinMs, isAnswered: false }
    this.#open.push(ticket)
    return ticket
  }

  /** The operator is answered; `isAlive`: by a daemon that runs. */
  answered(ticket: Ticket, isAlive: boolean): void {
    const { node, what } = ticket
    if (ticket.isAnswered) violate('one answer a request', `${node} answers "${what}" a second time`)
    if (!isAlive) violate('one answer a request', `life ${ticket.life} of ${node} answers "${what}" after its end`)
    ticket.isAnswered = true
    this.#open = this.#open.filter((open) => open !== ticket)
  }

  /** The operator's time is over, and the daemon was able to tell. */
  overdue({ node, what, withinMs, isAnswered }: Ticket): void {
    if (!isAnswered) violate('one answer a request', `${node} has not answered "${what}" within ${withinMs} ms`)
  }

  /** A daemon has ended by its own word. */
  stopped({ id, life }: Asked): void {
    const left = this.#open.find((ticket) => ticket.node === id && ticket.life === life)
    if (left !== undefined) violate('one answer a request', `${id} ends and leaves "${left.what}" unanswered`)
  }

  /** What a node says it has released is down there. */
  releasedAll(node: Asked, { released, left }: Released): void {
    for (const group of released) {
      if (node.isUp(group)) violate('a yes is true', `${node.id} answers that it released ${group}, which is up there`)
      if (left.includes(group)) violate('a yes is true', `${node.id} answers that ${group} is released, and that it is not`)
    }
  }

  /** A lease that a node tells of as running does run for that long. */
  tells(node: Asked, { groups }: EngineStatus): void {
    const now = node.clock.local(this.#context.now())
    for (const { id, epoch, leaseMs } of groups) {
      const end = this.#leases.get(holding(node.id, id, epoch)) ?? -Infinity
      if (leaseMs !== null && node.clock.trueAt(now + leaseMs) > end + ROUNDING_MS)
        violate('status is true', `${node.id} says that its lease of ${id}@${epoch} runs for ${leaseMs} ms, but it ends at ${end}`)
    }
  }

  /** Who is told that the group is being moved already was not the only one to ask for that. */
  #isBusy(id: string, wish: Wish): void {
    for (const other of this.#wishes.values())
      if (other !== wish && subjectOf(other.request) === subjectOf(wish.request) && other.answeredAt > wish.at) return
    violate('a no is true', `${id} is answered that ${subjectOf(wish.request)} is being moved already, which nobody else had asked for`)
  }

  #isTrue({ node, id, wish }: Answered, reply: Extract<ClusterReply, { ok: true }>): void {
    if (wish.request.type === 'switchover' && 'group' in reply) return this.#hasMoved(id, { ...wish, request: wish.request }, reply)
    if (wish.request.type === 'switchover' || wish.request.type === 'drill' || 'group' in reply)
      violate('a yes is true', `${id} asked for ${wish.request.type} and is answered ${JSON.stringify(reply)}`)
    // The beat that tells of the commit leaves in the same step, after the answer.
    this.#claimed.push({ node, id, request: wish.request, index: reply.index })
  }

  /** What was to be changed stands in the committed log, at the place that the answer names, once the word of the commit has left the coordinator. */
  #isJudged({ node, id, request, index }: Claim): boolean {
    const body = this.#context.entryAt(index)?.body
    if (body === undefined) return false
    const isThis =
      request.type === 'configure'
        ? body.type === 'cluster' && JSON.stringify(body.spec) === JSON.stringify(request.spec)
        : request.type === 'clear'
          ? body.type === 'cleared' && JSON.stringify(body) === JSON.stringify({ ...request, type: 'cleared' })
          : request.type === 'tell'
            ? body.type === 'incidents' && JSON.stringify(body.incidents) === JSON.stringify(request.incidents)
            : body.type === 'maintenance' && JSON.stringify(body.order) === JSON.stringify(request.order)
    if (!isThis) violate('a yes is true', `${node} answers ${id} that entry ${index} is the change, which says ${JSON.stringify(body)}`)
    return true
  }

  #hasMoved(
    id: string,
    { request, at, endpoints }: Wish & { readonly request: MoveRequest },
    reply: Extract<MoveReply, { ok: true }>,
  ): void {
    const { group, from, to, epoch } = reply
    const said = `${id} is answered: ${group} went from ${from ?? 'nobody'} to ${to}@${epoch}`
    if (group !== request.group || (request.to === undefined ? to === from : to !== request.to))
      violate('a yes is true', `${said}; asked for was ${request.group} to ${request.to ?? 'another node'}`)
    const body = this.#context.entryAt(epoch)?.body
    if (body?.type !== 'assign' || body.group !== group || body.node !== to)
      violate('a yes is true', `${said}; entry ${epoch} ${body === undefined ? 'is not committed' : `says ${JSON.stringify(body)}`}`)
    const holder = this.#context.nodes.get(to)
    const key = holding(to, group, epoch)
    if (holder === undefined) violate('a yes is true', `${said}, which is no node`)
    // What was configured since the holder became active may still be on its way up.
    const due = holder.endpointsOf(group).filter((endpoint) => endpoints.get(to)?.includes(endpoint))
    const missing = this.#served.has(key) ? [] : due.filter((endpoint) => this.#cameUp.get(key)?.has(endpoint) !== true)
    if (missing.length > 0 && (from !== to || missing.length === due.length))
      violate('a yes is true', `${said}; ${missing.join(', ')} never came up there`)
    // A voter's beat echoes one of the coordinator's, and so is younger than a lease. That of others may have been held up.
    const { now, longestLeaseMs } = this.#context
    const endedAgo = at - (this.#leases.get(key) ?? -Infinity)
    if (endedAgo > 2 * longestLeaseMs() && (from !== to || holder.isVoter))
      violate(
        'a yes is true',
        `${said}; at ${now().toFixed(3)} its lease has been over since ${endedAgo.toFixed(0)} ms before it was asked`,
      )
  }
}

/** What a wish is about: two of the same may stand in each other's way. */
function subjectOf(request: ClusterRequest): string {
  return 'group' in request ? request.group : request.type
}

function holding(node: NodeId, group: GroupId, epoch: Epoch): string {
  return `${node} ${group} ${epoch}`
}
