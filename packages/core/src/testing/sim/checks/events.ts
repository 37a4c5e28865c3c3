import type { Effect } from '../../../engine/types.ts'
import type { Beat, ClusterEvent, DropCause, Epoch, GroupId, Index, Instant, Message, NodeId } from '../../../model/index.ts'
import type { RunnerEvent } from '../../../runner/types.ts'
import type { Logged } from './ledger.ts'
import type { Handover } from './states.ts'
import type { Step } from './step.ts'
import { violate } from './violation.ts'

type Dropped = Extract<ClusterEvent, { type: 'dropped' }>
type Released = Extract<RunnerEvent, { type: 'released' }>

/** What the events of one life have told so far. */
interface Told {
  readonly life: number
  applied: Index
  /** Leases that were begun and not dropped, with the end that was told last; Infinity: none so far. */
  readonly running: Map<Epoch, Instant>
  /** The last end of every lease there was. */
  readonly ends: Map<Epoch, Instant>
  readonly dropped: Map<Epoch, DropCause>
  readonly groups: Map<Epoch, GroupId>
  /** Holders that this node asks, as coordinator, to release. */
  asks: ReadonlySet<Epoch>
  /** It asks itself before it says so to others: of beats out of turn there are only so many in a period. */
  coordinates: boolean
  isStopping: boolean
  hasGivenUp: boolean
}

/**
 * Every move is told by an event that says truly why: whoever applies a change of hands tells epoch, previous holder and cause;
 * a lease begins with a word, and no live holder loses its group without one. Who was told to give up everything takes nothing more.
 */
export class EventsCheck {
  readonly #handover: (epoch: Epoch) => Handover | undefined
  readonly #isOver: (group: GroupId, epoch: Epoch) => boolean
  readonly #told = new Map<NodeId, Told>()

  /** `isOver`: the group was assigned anew by a committed entry after that epoch. */
  constructor(handover: (epoch: Epoch) => Handover | undefined, isOver: (group: GroupId, epoch: Epoch) => boolean) {
    this.#handover = handover
    this.#isOver = isOver
  }

  /** Called with each step of the engine, after the state that it has applied was looked at. */
  stepped(node: Logged, step: Step): void {
    const told = this.#toldBy(node, step.life)
    if (step.news.type === 'stop') told.isStopping = true
    if (step.news.type === 'release-all') told.hasGivenUp = true
    this.#tellsHandovers(node, told, step)
    for (const { event } of step.effects.filter((effect) => effect.type === 'event'))
      if (event.type === 'role') told.coordinates = event.role === 'coordinator'
    for (const effect of step.effects) this.#takes(node, told, effect, step)
    for (const effect of step.effects) if (effect.type === 'send' && effect.message.type === 'beat') told.asks = asksOf(effect.message)
    for (const [epoch, until] of told.running) {
      if (until <= step.now || until === Infinity)
        violate('every loss is told', `the lease of ${node.id} on epoch ${epoch} ended at ${until}, and at ${step.now} it has not said so`)
    }
  }

  /** The runner tells that a group is down. */
  released(node: Logged, life: number, now: Instant, { group, epoch, cause }: Released): void {
    const told = this.#toldBy(node, life)
    const said = told.dropped.get(epoch)
    const hasEnded = cause === 'lease-ended' && (told.ends.get(epoch) ?? Infinity) <= now
    // Who is given a group anew lets go of all that was before.
    const isOvertaken = [...told.groups].some(([later, other]) => other === group && later > epoch)
    if (said !== cause && !hasEnded && !isOvertaken)
      violate('events are true', `${node.id} tells that it released ${group}@${epoch}: ${cause}; it was dropped: ${said ?? 'never'}`)
  }

  #tellsHandovers(node: Logged, told: Told, { effects, applied }: Step): void {
    if (applied === null) return
    if (applied.index === told.applied && !effects.some(isAssigned)) return
    // What a snapshot brings is not told move by move.
    const from = Math.max(told.applied, node.written.snapshot.index)
    const due: Handover[] = []
    for (let index = from + 1; index <= applied.index; index++) {
      const handover = this.#handover(index)
      if (handover !== undefined) due.push(handover)
    }
    told.applied = applied.index
    const said = effects.flatMap((effect) => (effect.type === 'event' && effect.event.type === 'assigned' ? [effect.event] : []))
    if (said.length !== due.length || !said.every((event, position) => isSameMove(event, due[position])))
      violate('events tell every move', `${node.id} has applied [${due.map(words).join(', ')}] and tells [${said.map(words).join(', ')}]`)
    for (const event of said)
      if (event.cause.trim() === '') violate('events tell every move', `${node.id} gives no cause for ${words(event)}`)
  }

  #takes(node: Logged, told: Told, effect: Effect, step: Step): void {
    if (effect.type === 'lease') {
      const { group, epoch, until } = effect
      if (told.hasGivenUp)
        violate('given up is given up', `${node.id} takes a lease of ${group}@${epoch} after an operator had it give up everything`)
      if (!told.running.has(epoch)) violate('every lease is told', `${node.id} takes a lease of ${group}@${epoch} without a word`)
      if ((told.ends.get(epoch) ?? Infinity) <= step.now)
        violate('what has ended is over', `${node.id} prolongs the lease of ${group}@${epoch}, which had ended`)
      told.running.set(epoch, until)
      told.ends.set(epoch, until)
    } else if (effect.type === 'drop') {
      const { group, epoch, cause } = effect
      if (told.dropped.get(epoch) !== cause)
        violate('every loss is told', `${node.id} drops ${group}@${epoch}: ${cause}; it told: ${told.dropped.get(epoch) ?? 'nothing'}`)
    } else if (effect.type === 'event' && effect.event.type === 'lease-started') {
      const { group, epoch } = effect.event
      if (told.groups.has(epoch))
        violate('events are true', `${node.id} tells twice of the beginning or after the end of ${group}@${epoch}`)
      told.groups.set(epoch, group)
      told.running.set(epoch, Infinity)
    } else if (effect.type === 'event' && effect.event.type === 'dropped') {
      const { group, epoch, cause } = effect.event
      if (told.dropped.has(epoch)) violate('events are true', `${node.id} tells twice of the end of ${group}@${epoch}`)
      // A holder may learn that its group is elsewhere from a commit that it must not take up yet.
      const isElsewhere = cause === 'assigned-elsewhere' && this.#isOver(group, epoch)
      if (!isElsewhere && !isTrue(effect.event, told, step))
        violate('events are true', `${node.id} tells that it lost ${group}@${epoch}: ${cause}, which is not so`)
      told.groups.set(epoch, group)
      told.dropped.set(epoch, cause)
      told.running.delete(epoch)
    }
  }

  #toldBy(node: Logged, life: number): Told {
    const known = this.#told.get(node.id)
    if (known?.life === life) return known
    // What was handed over was told by the life before, with its end.
    const handed = [...(node.adopted?.values() ?? [])]
    const told: Told = {
      life,
      applied: node.written.snapshot.index,
      running: new Map(handed.map(({ epoch, until }) => [epoch, until])),
      ends: new Map(handed.map(({ epoch, until }) => [epoch, until])),
      dropped: new Map(),
      groups: new Map(handed.map(({ epoch, group }) => [epoch, group])),
      asks: NONE,
      coordinates: false,
      isStopping: false,
      hasGivenUp: false,
    }
    this.#told.set(node.id, told)
    return told
  }
}

const NONE: ReadonlySet<Epoch> = new Set()

/** What a beat asks holders to release; most ask for nothing. */
function asksOf({ asks }: Beat): ReadonlySet<Epoch> {
  return asks.length === 0 ? NONE : new Set(asks.map(({ epoch }) => epoch))
}

/** Another asks for it in the beat that was heard just now, or this node itself in the beat that it is about to send. */
function isAskedIn({ news, effects }: Step, epoch: Epoch): boolean {
  const asks = (message: Message): boolean => message.type === 'beat' && asksOf(message).has(epoch)
  return (news.type === 'message' && asks(news.message)) || effects.some((effect) => effect.type === 'send' && asks(effect.message))
}

function isAssigned(effect: Effect): boolean {
  return effect.type === 'event' && effect.event.type === 'assigned'
}

/** Is the cause that a holder gives what has happened? */
function isTrue({ group, epoch, cause }: Dropped, told: Told, step: Step): boolean {
  const { now, applied } = step
  switch (cause) {
    case 'lease-ended':
      return (told.ends.get(epoch) ?? Infinity) <= now
    case 'never-leased':
      return !told.ends.has(epoch)
    case 'assigned-elsewhere':
      return (
        applied === null ||
        applied.state.assignments[group]?.epoch !== epoch ||
        !applied.state.spec.groups.some((configured) => configured.id === group)
      )
    case 'asked':
      return told.asks.has(epoch) || told.isStopping || told.coordinates || isAskedIn(step, epoch)
    case 'stopping':
      return told.isStopping
    case 'operator':
      return told.hasGivenUp
  }
}

function isSameMove(event: Handover, due: Handover | undefined): boolean {
  return due !== undefined && words(event) === words(due)
}

function words({ group, node, previous, epoch, cause }: Handover): string {
  return `${group}@${epoch}: ${previous ?? 'nobody'} => ${node ?? 'nobody'} (${cause})`
}
