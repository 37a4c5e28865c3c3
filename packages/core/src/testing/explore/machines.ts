import { bootstrapStored } from '../../engine/apply.ts'
import type { Entry, Epoch, GroupId, Message, NodeId, Term } from '../../model/index.ts'
import { Violation } from '../sim/checks/violation.ts'
import { Codec } from './codec.ts'
import { DEEDS, Doing, newBrain, newMachine } from './machine.ts'
import type { Birth, Deed, Machine } from './machine.ts'
import type { Terms } from './judge.ts'
import { Column, Memo, Pool } from './pool.ts'
import type { World } from './worlds.ts'

/** What the judge has to hear of one deed. */
export interface News {
  readonly node: NodeId
  readonly generation: number
  readonly leases: readonly { readonly group: GroupId; readonly epoch: Epoch }[]
  /** The term that the node coordinates; 0: none. */
  readonly coordinates: Term
  /** Up to here it knows entries as committed. */
  readonly commit: number
  readonly log: Terms
}

/** Bits of what a machine is up to. */
export const UP = 1
const FROZEN = 2
export const COORDINATES = 4
/** An assignment is in its log. */
export const KNOWS = 8

const FIRST_MESSAGE = 16
/** In a result: instead of the machine that a deed leads to. */
const BROKEN = -1
const NOTHING_NEW = -1

/**
 * All states that a machine was ever found in, as small numbers, and what each deed made of them. A deed is done by the shipped
 * engine once for each state of one machine, in however many worlds that state occurs.
 */
export class Machines {
  readonly codec: Codec
  readonly nodes: readonly NodeId[]
  readonly #world: World
  /** One-element lists: the stored machine. */
  readonly #states = new Pool()
  readonly #flags = new Column()
  readonly #serving = new Column()
  readonly #terms = new Column()
  readonly #writes = new Column()
  readonly #answers = new Column()
  readonly #disks = new Column()
  readonly #memo = new Memo()
  /** Lists: machine, news, then node (-1: all) and message for each message sent. Or: BROKEN, violation. */
  readonly #results = new Pool()
  readonly #violations: Violation[] = []

  constructor(world: World) {
    this.#world = world
    this.nodes = world.spec.nodes.map(({ id }) => id)
    const stored = bootstrapStored(world.spec)
    this.codec = new Codec({
      tickMs: world.tickMs,
      memoryMs: Math.max(world.spec.timing.leaseMs, world.spec.timing.electionMs),
      fresh: (self, incarnation) => newBrain(self, incarnation, stored, this.#birth(self)),
    })
  }

  get size(): number {
    return this.#states.size
  }
  /** How often the engine had to be asked. */
  get deeds(): number {
    return this.#memo.size
  }

  /** A machine that has never run. */
  first(node: NodeId): number {
    return this.#settle(newMachine(node, bootstrapStored(this.#world.spec)), 0)
  }
  has(state: number, flag: number): boolean {
    return (this.#flags.get(state) & flag) !== 0
  }
  isAwake(state: number): boolean {
    return (this.#flags.get(state) & (UP | FROZEN)) === UP
  }
  /** One bit for each group to which traffic may come here. */
  serving(state: number): number {
    return this.#serving.get(state)
  }
  term(state: number): number {
    return this.#terms.get(state)
  }
  writes(state: number): number {
    return this.#writes.get(state)
  }
  answers(state: number): number {
    return this.#answers.get(state)
  }
  disk(state: number): Terms {
    return this.codec.load(this.#disks.get(state)) as Terms
  }
  machine(state: number): Machine {
    return this.codec.load(this.#states.at(state, 0)) as Machine
  }

  do(state: number, deed: Deed): number {
    return this.#memo.get(state, DEEDS.indexOf(deed), () => this.#run(state, deed, null))
  }
  hear(state: number, message: number): number {
    return this.#memo.get(state, FIRST_MESSAGE + message, () => this.#run(state, null, this.codec.load(message) as Message))
  }

  /** The parts of a result of `do` and `hear`. */
  broken(result: number): Violation | undefined {
    return this.#results.at(result, 0) === BROKEN ? this.#violations[this.#results.at(result, 1)] : undefined
  }
  next(result: number): number {
    return this.#results.at(result, 0)
  }
  news(result: number): News | null {
    const id = this.#results.at(result, 1)
    return id === NOTHING_NEW ? null : (this.codec.load(id) as News)
  }
  sent(result: number): number {
    return (this.#results.lengthOf(result) - 2) / 2
  }
  /** Position of the node; -1: all others. */
  sentTo(result: number, position: number): number {
    return this.#results.at(result, 2 + 2 * position)
  }
  sentMessage(result: number, position: number): number {
    return this.#results.at(result, 3 + 2 * position)
  }

  #birth(node: NodeId): Birth {
    const { luck, compactAfter = 1000 } = this.#world
    return { luck: luck[node] ?? 0, compactAfter }
  }
  #load(state: number, ages: boolean): Machine {
    const stored = this.#states.at(state, 0)
    if (!ages) return this.codec.load(stored) as Machine
    const self = (this.codec.load(stored) as Machine).id
    return this.codec.load(this.codec.age(stored, self)) as Machine
  }
  #run(state: number, deed: Deed | null, message: Message | null): number {
    const machine = this.#load(state, deed === 'tick')
    const before = newsOf(machine, [])
    const doing = new Doing(machine, this.#birth(machine.id))
    try {
      if (message !== null) doing.hear(message)
      if (deed !== null) doing.do(deed)
    } catch (error) {
      return this.#results.intern([BROKEN, this.#violations.push(asViolation(error)) - 1])
    }
    const after = withFolded(newsOf(machine, doing.leases), before)
    const isNews = after.leases.length > 0 || after.coordinates !== before.coordinates || after.commit !== before.commit
    const result = [this.#settle(machine, doing.written), isNews ? this.codec.store(after) : NOTHING_NEW]
    for (const { to, message: what } of doing.sent)
      result.push(to === 'all' ? -1 : this.nodes.indexOf(to), this.codec.store(what, machine.id))
    return this.#results.intern(result)
  }
  #settle(machine: Machine, written: number): number {
    const known = this.#states.size
    const state = this.#states.intern([this.codec.store(machine, machine.id, written)])
    if (state < known) return state
    const { brain } = machine
    const view = brain?.raft.view
    this.#flags.set(
      state,
      (brain === null ? 0 : UP) |
        (machine.frozen ? FROZEN : 0) |
        (view?.role === 'coordinator' ? COORDINATES : 0) |
        ((view?.log.latest.size ?? 0) > 0 ? KNOWS : 0),
    )
    this.#serving.set(
      state,
      this.#world.spec.groups.reduce((bits, { id }, position) => bits | ((machine.rights[id]?.until ?? 0) > 0 ? 1 << position : 0), 0),
    )
    this.#terms.set(state, Math.max(machine.disk.hard.term, view?.term ?? 0))
    this.#writes.set(state, machine.writes.length)
    this.#answers.set(state, machine.answers.length)
    this.#disks.set(state, this.codec.store(termsOf(machine.disk.snapshot.index, machine.disk.entries)))
    return state
  }
}

function newsOf({ id, generation, brain }: Machine, leases: News['leases']): News {
  if (brain === null) return { node: id, generation, leases, coordinates: 0, commit: 0, log: termsOf(0, []) }
  const { role, term, quorumCommit, log } = brain.raft.view
  const terms = termsOf(log.base, log.slice(log.base + 1, Infinity))
  return { node: id, generation, leases, coordinates: role === 'coordinator' ? term : 0, commit: quorumCommit, log: terms }
}

/** A coordinator may fold entries into a snapshot in the very step in which it commits them. */
function withFolded(news: News, before: News): News {
  const folded = news.log.base - before.log.base
  if (news.coordinates === 0 || folded <= 0) return news
  return { ...news, log: { base: before.log.base, terms: [...before.log.terms.slice(0, folded), ...news.log.terms] } }
}

function termsOf(base: number, entries: readonly Entry[]): Terms {
  return { base, terms: entries.map(({ term }) => term) }
}

/** The engine throws where an invariant of its own is broken. */
function asViolation(error: unknown): Violation {
  return error instanceof Violation ? error : new Violation('the engine goes on', error instanceof Error ? error.message : String(error))
}
