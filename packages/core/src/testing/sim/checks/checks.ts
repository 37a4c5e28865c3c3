import type { Effect, EngineStatus } from '../../../engine/types.ts'
import type { ClusterState, Epoch, GroupId, Instant, Message, NodeId, Write } from '../../../model/index.ts'
import type { RunnerEffect } from '../../../runner/types.ts'
import { CandidaciesCheck } from './candidacies.ts'
import { EventsCheck } from './events.ts'
import { LedgerCheck } from './ledger.ts'
import type { Logged } from './ledger.ts'
import { LivesCheck } from './lives.ts'
import { PlacementsCheck } from './placements.ts'
import { QuorumsCheck } from './quorums.ts'
import { RepliesCheck } from './replies.ts'
import type { Asked } from './replies.ts'
import { RightsCheck } from './rights.ts'
import { ServicesCheck } from './services.ts'
import type { Running } from './services.ts'
import { StatesCheck } from './states.ts'
import type { Step } from './step.ts'
import { violate } from './violation.ts'
import { WireCheck } from './wire.ts'

type Subject = Asked & Logged & Running
type Lease = Extract<Effect, { type: 'lease' }>

/** What a claim brought about; `isAborted`: after it was given up. */
interface Up {
  readonly epoch: Epoch
  readonly until: Instant
  readonly isAborted: boolean
}

/** All checkers of a world; each throws at the moment at which its rule breaks. */
export class Checks {
  readonly rights: RightsCheck
  readonly ledger: LedgerCheck
  readonly wire = new WireCheck()
  readonly lives = new LivesCheck()
  readonly candidacies = new CandidaciesCheck()
  readonly quorums = new QuorumsCheck()
  readonly placements = new PlacementsCheck()
  readonly services: ServicesCheck
  readonly states: StatesCheck
  readonly events: EventsCheck
  readonly replies: RepliesCheck
  readonly #now: () => number

  constructor(nodes: readonly Subject[], bootstrap: ClusterState, now: () => number) {
    this.#now = now
    this.services = new ServicesCheck(nodes)
    this.rights = new RightsCheck(nodes)
    const byId: ReadonlyMap<NodeId, Subject> = new Map(nodes.map((node) => [node.id, node]))
    this.ledger = new LedgerCheck(byId, (group, node, epoch) => this.rights.assigned(now(), group, node, epoch))
    this.states = new StatesCheck(bootstrap)
    this.events = new EventsCheck(
      (epoch) => this.states.handover(epoch),
      (group, epoch) => this.ledger.isOver(group, epoch),
    )
    this.replies = new RepliesCheck({
      now,
      nodes: byId,
      entryAt: (index) => this.ledger.entryAt(index),
      longestLeaseMs: () => this.states.longestLeaseMs,
    })
  }

  /** A life begins. */
  began(node: Subject): void {
    this.ledger.began(node.id)
    this.lives.began(node.id, node.life)
  }

  /** A life is over, by a crash or by its own word. */
  ended(node: Subject): void {
    this.lives.ended(node.id)
  }

  /** The engine of a life has made up its mind; nothing of that is done yet. */
  stepped(node: Subject, step: Step): void {
    this.lives.stepped(node.id, step.effects)
    this.candidacies.stepped(node, step)
    this.quorums.stepped(node, step)
    this.placements.stepped(node, step)
    if (step.applied !== null) this.states.applied(node, step.applied.index, step.applied.state)
    this.events.stepped(node, step)
    this.replies.stepped(node, step)
  }

  /** A life is about to perform an effect of its engine. */
  does(node: Subject, life: number, effect: Effect): void {
    this.lives.does(node.id, life, effect.type)
    if (effect.type === 'lease') this.#lease(node, effect)
    else if (effect.type === 'fatal') this.#fatal(node, effect.message)
  }

  /** A life is about to perform an effect of its runner. */
  runs(node: Subject, life: number, effect: RunnerEffect): void {
    this.lives.does(node.id, life, effect.type)
    if (effect.type !== 'event' || effect.event.type !== 'released') return
    this.events.released(node, life, node.clock.local(this.#now()), effect.event)
  }

  /** An operator looks at the status of a node. */
  tells(node: Subject, status: EngineStatus): void {
    this.states.tells(node.id, status)
    this.replies.tells(node, status)
  }

  sent(node: Subject, message: Message): void {
    this.wire.sent(node, message)
    if (message.type === 'beat') {
      this.quorums.sent(node, message)
      this.ledger.says(node, message.term, message.coordinator === message.from, message.commit)
      for (const { group, epoch } of message.holds) this.rights.lists(node, group, epoch)
      for (const { group, epoch } of message.released) this.rights.says(node, group, epoch)
    }
    if (message.type === 'append') this.ledger.says(node, message.term, true, message.commit)
    if (message.type === 'timeout-now') this.ledger.handsOver(node, message.to, message.term)
  }

  /** A life asks its disk for a write. */
  writes(node: Subject, write: Write): void {
    this.ledger.writes(node, write)
    if (write.snapshot !== undefined) this.states.saves(node.id, write.snapshot)
  }

  /** Traffic begins to come to an endpoint. */
  up(node: Subject, at: { readonly group: GroupId; readonly endpoint: string }, { epoch, until, isAborted }: Up): void {
    if (!isAborted) {
      this.rights.landed(this.#now(), node, at.group, epoch)
      this.services.came(node, at.group)
    }
    this.rights.up(this.#now(), node, at.group, epoch, until)
    this.replies.up(node.id, at.group, at.endpoint, epoch)
  }

  #lease(node: Subject, lease: Lease): void {
    const { group, epoch } = lease
    const body = this.ledger.entryAt(epoch)?.body
    if (body?.type !== 'assign' || body.group !== group || body.node !== node.id) {
      violate(
        'lease by a committed assignment',
        `${node.id} takes a lease of ${group}@${epoch}, but entry ${epoch} ${body === undefined ? 'is not committed' : `says ${JSON.stringify(body)}`}`,
      )
    }
    if (node.durable.lastIndex < epoch)
      violate('lease by an entry on disk', `${node.id} takes a lease of ${group}@${epoch} with ${node.durable.lastIndex} on disk`)
    this.rights.lease(this.#now(), node, group, epoch, lease.until)
    this.replies.leased(node, group, epoch, lease.until)
  }

  #fatal(node: Subject, message: string): void {
    violate('no false alarm', `${node.id} gives up although nothing is wrong with its data: ${message}`)
  }
}
