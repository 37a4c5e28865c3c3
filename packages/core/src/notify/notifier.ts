import type { NodeConfig, NotifySecrets } from '../config/types.ts'
import type { ClusterEvent, ClusterSpec, ClusterState, Index, Instant, NodeId, NotifyTarget, Stored } from '../model/index.ts'
import type { Clock, Logger } from '../ports.ts'
import type { RunnerEvent } from '../runner/types.ts'
import { isSame, newsBetween } from './cluster-news.ts'
import { mailDelivery } from './mail.ts'
import { messageOf } from './message.ts'
import type { Deliver } from './message.ts'
import { isWanted, noticeOfRunner } from './notice.ts'
import type { Notice } from './notice.ts'
import { Outbox } from './outbox.ts'
import { webhookDelivery } from './webhook.ts'

export interface NotifierOptions {
  readonly node: NodeId
  /** Which start of its data folder this is. */
  readonly generation: number
  readonly secrets: NonNullable<NodeConfig['notify']>
  readonly clock: Clock
  readonly logger: Logger
  /** Changes up to this entry of the log were told by earlier lives. */
  readonly toldUpTo: Index
  /** Up to here this node has applied the log. */
  readonly applied: () => Index
}

/** What a target said to a message that only tests whether it gets there. */
export interface TestResult {
  readonly target: string
  readonly ok: boolean
  readonly said: string
  readonly tookMs: number
}

/** Tells people what happens: the coordinator what the cluster does, each node what happens on itself. */
export interface Notifier {
  onSpec(spec: ClusterSpec): void
  onEvent(event: ClusterEvent): void
  onRunnerEvent(event: RunnerEvent): void
  /** The log was applied further, perhaps. */
  onState(state: ClusterState): void
  /** Something on this node that a person should look at. */
  warn(text: string, group?: string): void
  test(): Promise<readonly TestResult[]>
  close(): Promise<void>
}

/** A coordinator that falls silent may have told what was new for so long: its successor tells it again. */
const untoldMs = 60_000
const untoldMax = 200
/** A daemon that ends has so long to say so. */
const closeMs = 1000

/** The last entry of a data folder that changes what people are told of. */
export function toldUpTo({ entries }: Stored): Index {
  return entries.findLast(({ body }) => body.type !== 'noop' && body.type !== 'bind')?.index ?? 0
}

export function createNotifier(options: NotifierOptions): Notifier {
  return new TargetNotifier(options)
}

class TargetNotifier implements Notifier {
  private readonly options: NotifierOptions
  private cluster = ''
  private readonly outboxes = new Map<string, { readonly target: NotifyTarget; readonly outbox: Outbox }>()
  private count = 0
  private isCoordinator = false
  /** What the coordinator tells, as far as it is so new that it may not have done so. */
  private untold: { readonly notice: Notice; readonly at: Instant }[] = []
  private readonly silent = new Set<NodeId>()
  private hasLostQuorum = false
  private state: ClusterState | null = null
  private hasCaughtUp: boolean

  constructor(options: NotifierOptions) {
    this.options = options
    this.hasCaughtUp = options.toldUpTo === 0
  }

  onSpec({ name, notify = [] }: ClusterSpec): void {
    this.cluster = name
    const wanted = new Map(notify.map((target) => [JSON.stringify([name, target]), target]))
    for (const [key, { outbox }] of this.outboxes) {
      if (wanted.has(key)) continue
      this.outboxes.delete(key)
      void outbox.close(closeMs)
    }
    const { clock, logger, node } = this.options
    for (const [key, target] of wanted) {
      if (this.outboxes.has(key)) continue
      const outbox = new Outbox({ target, cluster: name, node, clock, logger, deliver: this.deliveryTo(target) })
      this.outboxes.set(key, { target, outbox })
    }
  }

  private deliveryTo({ id, via }: NotifyTarget): Deliver {
    const secrets: NotifySecrets = this.options.secrets[id] ?? {}
    return via.type === 'mail' ? mailDelivery(via, secrets) : webhookDelivery(via, secrets)
  }

  onEvent(event: ClusterEvent): void {
    if (event.type === 'role') this.onRole(event.role === 'coordinator')
    else if (event.type === 'member') this.onMember(event)
    else if (event.type === 'quorum') this.onQuorum(event.state)
    else if (event.type === 'refused') this.warn(`${event.what}: ${event.why}`)
    else if (event.type === 'plane') this.onPlane(event)
  }

  private onRole(isCoordinator: boolean): void {
    const isNew = isCoordinator && !this.isCoordinator
    this.isCoordinator = isCoordinator
    if (!isNew) return
    const now = this.options.clock.now()
    for (const { notice, at } of this.untold.splice(0)) if (now - at < untoldMs) this.tell(notice)
  }

  private onMember({ node, state, why }: Extract<ClusterEvent, { type: 'member' }>): void {
    const at = new Date().toISOString()
    // Nodes count the same minute, mostly: no other name of it is known to all of them.
    const minute = at.slice(0, 16)
    if (state === 'silent') {
      this.silent.add(node)
      this.tellOfCluster({ id: `node-lost/${node}/${minute}`, moment: 'node-lost', at, text: `${node} is silent: ${why}`, nodes: [node] })
    } else if (this.silent.delete(node)) {
      this.tellOfCluster({
        id: `node-back/${node}/${minute}`,
        moment: 'node-back',
        at,
        text: `${node} is heard again ${why}`,
        nodes: [node],
      })
    }
  }

  /** Nobody can know whether others have noticed, so each says it. */
  private onQuorum(state: 'reached' | 'lost'): void {
    const { node } = this.options
    if (state === 'lost') {
      this.hasLostQuorum = true
      const missing = this.silent.size === 0 ? '' : `; it does not hear ${[...this.silent].join(', ')}`
      this.tellOwn({ moment: 'quorum-lost', text: `${node} has lost the quorum and serves nothing${missing}`, nodes: [node] })
    } else if (this.hasLostQuorum) {
      this.hasLostQuorum = false
      this.tellOwn({ moment: 'quorum-back', text: `${node} sees a quorum again`, nodes: [node] })
    }
  }

  private onPlane({ plane, node: other, state, why }: Extract<ClusterEvent, { type: 'plane' }>): void {
    const { node } = this.options
    const isLost = state === 'lost'
    const text =
      other === null
        ? `${node} is ${isLost ? `cut off from plane ${plane} (${why}); other planes serve` : `connected to plane ${plane} again`}`
        : `${node} hears ${other} ${isLost ? `over other planes than ${plane} only` : `over plane ${plane} again`}`
    this.tellOwn({ moment: 'warning', text, nodes: other === null ? [node] : [node, other] })
  }

  onRunnerEvent(event: RunnerEvent): void {
    const notice = noticeOfRunner(event, this.options.node)
    if (notice !== null) this.tellOwn(notice)
  }

  onState(state: ClusterState): void {
    const before = this.state
    if (before === state) return
    this.state = state
    if (!this.hasCaughtUp) this.hasCaughtUp = this.options.applied() >= this.options.toldUpTo
    else if (before !== null && !isSame(before, state)) for (const notice of newsBetween(before, state)) this.tellOfCluster(notice)
  }

  warn(text: string, group?: string): void {
    this.tellOwn({ moment: 'warning', text, nodes: [this.options.node], ...(group === undefined ? {} : { group }) })
  }

  private tellOwn(notice: Omit<Notice, 'id' | 'at'>): void {
    const { node, generation } = this.options
    this.count += 1
    this.tell({ id: `${node}/${generation}/${this.count}`, at: new Date().toISOString(), ...notice })
  }

  private tellOfCluster(notice: Notice): void {
    if (this.isCoordinator) return this.tell(notice)
    this.untold.push({ notice, at: this.options.clock.now() })
    if (this.untold.length > untoldMax) this.untold.shift()
  }

  private tell(notice: Notice): void {
    for (const { target, outbox } of this.outboxes.values()) if (isWanted(target, notice)) outbox.add(notice)
  }

  test(): Promise<readonly TestResult[]> {
    const { node } = this.options
    const at = new Date().toISOString()
    const notice: Notice = { id: `test/${at}`, moment: 'warning', at, text: `this is a test by ${node}`, nodes: [node] }
    return Promise.all(
      [...this.outboxes.values()].map(async ({ target: { id }, outbox }) => {
        const startedAt = performance.now()
        const message = messageOf({ target: id, cluster: this.cluster, node, notices: [notice], omitted: 0, lost: 0 })
        const delivery = await outbox.attempt(message)
        const said = delivery.ok ? delivery.said : delivery.why
        return { target: id, ok: delivery.ok, said, tookMs: Math.round(performance.now() - startedAt) }
      }),
    )
  }

  async close(): Promise<void> {
    await Promise.all([...this.outboxes.values()].map(({ outbox }) => outbox.close(closeMs)))
  }
}
