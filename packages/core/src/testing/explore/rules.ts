import type { GroupId } from '../../model/index.ts'
import { Violation } from '../sim/checks/violation.ts'
import { actionOf, argumentOf, isDeed, kindOf } from './actions.ts'
import type { Action } from './actions.ts'
import { judge, NOTHING_HAPPENED } from './judge.ts'
import type { History, Terms } from './judge.ts'
import { Flights } from './flights.ts'
import { Links } from './links.ts'
import { COORDINATES, KNOWS, Machines, UP } from './machines.ts'
import type { Fault, World } from './worlds.ts'

const MOST_TERMS = 7

/**
 * How worlds go on. A world is a short row of numbers: its machines, then what flies, what was set aside, the history and the
 * links that are cut. Two worlds are one if all that lasts is the same in both and lies equally long ago.
 */
export class Rules {
  readonly machines: Machines
  readonly #world: World
  readonly #count: number
  readonly #flights: Flights
  readonly #links: Links
  readonly #flying: number[] = []

  constructor(world: World) {
    this.#world = world
    this.machines = new Machines(world)
    this.#count = this.machines.nodes.length
    this.#flights = new Flights(this.machines.codec)
    this.#links = new Links(this.#count)
  }

  get width(): number {
    return this.#count + 4
  }
  get groups(): readonly GroupId[] {
    return this.#world.spec.groups.map(({ id }) => id)
  }
  get #aside(): number {
    return this.#count + 1
  }
  get #history(): number {
    return this.#count + 2
  }
  get #cuts(): number {
    return this.#count + 3
  }

  /** Nobody has ever run. */
  first(): Int32Array {
    const row = new Int32Array(this.width)
    for (const [position, node] of this.machines.nodes.entries()) row[position] = this.machines.first(node)
    row[this.#count] = this.#flights.nothing
    row[this.#aside] = this.#flights.nothing
    row[this.#history] = this.machines.codec.store(NOTHING_HAPPENED)
    return row
  }

  /** All nodes start. */
  starts(): readonly Action[] {
    return this.machines.nodes.map((_, node) => actionOf('restart', node))
  }

  /** What can happen next; in a calm world what is due stands first. */
  enabled(row: Int32Array, into: Action[]): void {
    const { schedule, disorder, faults, strikes } = this.#world
    into.length = 0
    for (let node = 0; node < this.#count; node += 1)
      if (this.#isAwake(row, node) && this.machines.answers(row[node] as number) > 0) into.push(actionOf('answer', node))
    for (let node = 0; node < this.#count; node += 1)
      if (this.#isAwake(row, node) && this.machines.writes(row[node] as number) > 0) into.push(actionOf('persist', node))
    const delivered = this.#deliverable(row, into)
    const isQuiet = into.length === 0
    into.push(actionOf('tick'))
    if (schedule === 'calm' && !disorder) into.length = 1
    else if (schedule === 'calm') {
      if (delivered >= 0) into.push(actionOf('set-aside', delivered))
      this.#late(row, into)
    }
    if (strikes === 'quiet' && !isQuiet) return
    for (const fault of faults) this.#faults(row, fault, into)
    if (row[this.#cuts] !== 0) into.push(actionOf('mend'))
  }

  /** Puts the world after `action` into `next`. Returns what it breaks, if anything. */
  apply(row: Int32Array, action: Action, next: Int32Array): Violation | null {
    next.set(row)
    this.#flights.readInto(row[this.#count] as number, this.#flying)
    const kind = kindOf(action)
    const argument = argumentOf(action)
    let broken: Violation | null = null
    if (isDeed(kind)) broken = this.#result(next, argument, this.machines.do(row[argument] as number, kind))
    else if (kind === 'tick') broken = this.#tick(next)
    else if (kind === 'deliver') broken = this.#deliver(next, this.#flying.splice(argument, 1)[0] as number)
    else if (kind === 'set-aside')
      next[this.#aside] = this.#flights.setAside(next[this.#aside] as number, this.#flying.splice(argument, 1)[0] as number)
    else if (kind === 'deliver-late') broken = this.#deliverLate(next, argument)
    else next[this.#cuts] = this.#links.after(next[this.#cuts] as number, kind, argument)
    if (this.#world.schedule === 'free') this.#flying.sort((a, b) => a - b)
    next[this.#count] = this.#flights.listOf(this.#flying)
    return broken ?? this.#neverTwo(next)
  }

  /** Does the search begin here? */
  isBeginning(row: Int32Array): boolean {
    const { from, spec } = this.#world
    const isSo = (flag: number): boolean => [...row.subarray(0, this.#count)].some((machine) => this.machines.has(machine, flag))
    if (from === 'cold') return [...row.subarray(0, this.#count)].every((machine) => this.machines.has(machine, UP))
    if (from === 'assigned') return isSo(KNOWS)
    return this.serving(row).every((nodes) => nodes.length === 1) && this.isQuiet(row) && spec.groups.length > 0
  }
  /** Elections beyond this bound are not followed. Chance is fixed here, so that two candidates may split their votes for ever. */
  isBeyond(row: Int32Array): boolean {
    for (let node = 0; node < this.#count; node += 1) if (this.machines.term(row[node] as number) > MOST_TERMS) return true
    return false
  }
  isQuiet(row: Int32Array): boolean {
    const actions: Action[] = []
    this.enabled(row, actions)
    return kindOf(actions[0] as Action) === 'tick'
  }
  /** For each group the nodes to which traffic may come. */
  serving(row: Int32Array): readonly (readonly string[])[] {
    return this.#world.spec.groups.map((_, position) =>
      this.machines.nodes.filter((_node, node) => (this.machines.serving(row[node] as number) & (1 << position)) !== 0),
    )
  }
  /** The message that an action is about. */
  messageOf(row: Int32Array, action: Action): { readonly message: number; readonly to: number } {
    const list = (kindOf(action) === 'deliver-late' ? row[this.#aside] : row[this.#count]) as number
    const flight = this.#flights.at(list, argumentOf(action))
    return { message: this.#flights.message(flight), to: this.#flights.to(flight) }
  }

  #isAwake(row: Int32Array, node: number): boolean {
    return this.machines.isAwake(row[node] as number)
  }

  /** Adds the messages that can arrive. Returns the position of the oldest; -1: none can. */
  #deliverable(row: Int32Array, into: Action[]): number {
    const list = row[this.#count] as number
    const length = this.#flights.lengthOf(list)
    let oldest = -1
    for (let position = 0; position < length; position += 1) {
      const flight = this.#flights.at(list, position)
      const isDouble = position > 0 && this.#flights.at(list, position - 1) === flight
      if (isDouble || !this.#isAwake(row, this.#flights.to(flight))) continue
      if (oldest < 0) oldest = position
      into.push(actionOf('deliver', position))
    }
    return oldest
  }
  #late(row: Int32Array, into: Action[]): void {
    const list = row[this.#aside] as number
    const length = this.#flights.lengthOf(list)
    for (let position = 0; position < length; position += 1)
      if (this.#isAwake(row, this.#flights.to(this.#flights.at(list, position)))) into.push(actionOf('deliver-late', position))
  }
  #faults(row: Int32Array, fault: Fault, into: Action[]): void {
    if (fault === 'cut' || fault === 'split') return this.#links.choices(row[this.#cuts] as number, fault, into)
    for (let node = 0; node < this.#count; node += 1) {
      const machine = row[node] as number
      const isUp = this.machines.has(machine, UP)
      const isAwake = this.machines.isAwake(machine)
      const isWriting = this.machines.writes(machine) > 0
      if (fault === 'crash' && isUp) {
        into.push(actionOf('crash', node))
        if (isWriting) into.push(actionOf('crash-written', node))
      } else if (fault === 'crash' && !isUp) into.push(actionOf('restart', node))
      else if (fault === 'bounce' && isUp) {
        into.push(actionOf('bounce', node))
        if (isWriting) into.push(actionOf('bounce-written', node))
      } else if (fault === 'freeze' && isUp) into.push(actionOf(isAwake ? 'freeze' : 'thaw', node))
      else if (fault === 'isolate') into.push(actionOf('isolate', node))
      else if (fault === 'move' && isAwake && this.machines.has(machine, COORDINATES)) into.push(actionOf('move', node))
      else if (fault === 'give-up' && isAwake && this.machines.serving(machine) !== 0) into.push(actionOf('give-up', node))
    }
  }

  #deliver(next: Int32Array, flight: number): Violation | null {
    const to = this.#flights.to(flight)
    return this.#result(next, to, this.machines.hear(next[to] as number, this.#flights.message(flight)))
  }
  #deliverLate(next: Int32Array, position: number): Violation | null {
    const aside = next[this.#aside] as number
    next[this.#aside] = this.#flights.without(aside, position)
    return this.#deliver(next, this.#flights.at(aside, position))
  }

  /** Every clock goes on, and then whoever is due wakes up. */
  #tick(next: Int32Array): Violation | null {
    this.#flights.readInto(this.#flights.aged(next[this.#count] as number), this.#flying)
    next[this.#aside] = this.#flights.aged(next[this.#aside] as number)
    for (let node = 0; node < this.#count; node += 1) {
      const broken = this.#result(next, node, this.machines.do(next[node] as number, 'tick'))
      if (broken !== null) return broken
    }
    return null
  }

  /** Takes over what a machine has become, sends what it says, and tells the judge. */
  #result(next: Int32Array, node: number, result: number): Violation | null {
    const broken = this.machines.broken(result)
    if (broken !== undefined) return broken
    next[node] = this.machines.next(result)
    const sent = this.machines.sent(result)
    for (let position = 0; position < sent; position += 1) {
      const to = this.machines.sentTo(result, position)
      const message = this.machines.sentMessage(result, position)
      if (to >= 0) this.#send(next, node, to, message)
      else for (let other = 0; other < this.#count; other += 1) if (other !== node) this.#send(next, node, other, message)
    }
    return this.#judge(next, result)
  }
  #send(next: Int32Array, from: number, to: number, message: number): void {
    if (this.#links.isCut(next[this.#cuts] as number, from, to) || !this.machines.has(next[to] as number, UP)) return
    this.#flights.add(this.#flying, to, message)
  }
  #judge(next: Int32Array, result: number): Violation | null {
    const news = this.machines.news(result)
    if (news === null) return null
    const { codec } = this.machines
    const disks = (): Terms[] =>
      this.machines.nodes.flatMap((id, node) =>
        this.#world.spec.nodes.some((member) => member.id === id && member.voter) ? [this.machines.disk(next[node] as number)] : [],
      )
    try {
      next[this.#history] = codec.store(judge(codec.load(next[this.#history] as number) as History, news, disks))
    } catch (error) {
      if (error instanceof Violation) return error
      throw error
    }
    return null
  }
  #neverTwo(row: Int32Array): Violation | null {
    let taken = 0
    for (let node = 0; node < this.#count; node += 1) {
      const serving = this.machines.serving(row[node] as number)
      if ((taken & serving) !== 0) {
        const both = this.serving(row).flatMap((nodes, position) =>
          nodes.length > 1 ? [`${nodes.join(' and ')} ${this.#world.spec.groups[position]?.id}`] : [],
        )
        return new Violation('never two', `traffic may come to both ${both.join(', ')}`)
      }
      taken |= serving
    }
    return null
  }
}
