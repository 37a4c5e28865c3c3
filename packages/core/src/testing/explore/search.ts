import type { Violation } from '../sim/checks/violation.ts'
import type { Action } from './actions.ts'
import { Frontier } from './frontier.ts'
import { Column, Pool } from './pool.ts'
import { Rules } from './rules.ts'
import { tell } from './story.ts'
import type { World } from './worlds.ts'

export interface Limits {
  /** No more distinct states than these. */
  readonly states: number
  /** What a story may cost; absent: the world's own bound. */
  readonly bound?: number
}

/** What a search has seen. */
export interface Report {
  readonly world: string
  /** Distinct states of the whole world. */
  readonly states: number
  readonly transitions: number
  /** Every story up to this cost was followed to its end. */
  readonly completeUpTo: number
  /** The longest of the shortest ways to a state, in steps. */
  readonly depth: number
  /** Everything within the bound was seen. */
  readonly exhaustive: boolean
  /** Not even a higher bound would show more. */
  readonly closed: boolean
  /** Distinct states of single machines, and questions to the engine that they took. */
  readonly machines: number
  readonly engineSteps: number
  /** Who served what somewhere, as "a g": a search in which nothing ever moves proves nothing. */
  readonly servedBy: readonly string[]
  readonly seconds: number
  readonly violation: Found | null
}
export interface Found {
  readonly rule: string
  readonly message: string
  /** What it cost. */
  readonly cost: number
  /** Readable lines, a shortest story first in cost. */
  readonly story: readonly string[]
}

const ENOUGH_WARM_UP = 2000
const NEVER = 255

/** One search through one world: cheapest stories first, and among those of one cost the shorter ones. */
class Search {
  readonly #rules: Rules
  readonly #world: World
  readonly #limits: Required<Limits>
  readonly #rows = new Pool()
  readonly #parents = new Column()
  readonly #actions = new Column()
  readonly #depths = new Column()
  /** What the cheapest known way costs, and whether it was followed already: cost * 2 + 1 when it was. */
  readonly #costs = new Column()
  readonly #servedBy = new Set<string>()
  /** What each node serves in the state looked at last: mostly the same again. */
  readonly #servedLast: number[] = []
  #transitions = 0
  #depth = 0
  /** The bound kept something from being seen. */
  #wasCut = false
  #found: { readonly violation: Violation; readonly from: number; readonly action: Action; readonly cost: number } | null = null

  constructor(world: World, limits: Limits) {
    this.#world = world
    this.#rules = new Rules(world)
    this.#limits = { states: limits.states, bound: Math.min(limits.bound ?? world.bound, NEVER) }
  }

  run(): Report {
    const began = performance.now()
    let level = new Frontier()
    level.add(this.#addFirst(), 0)
    let cost = 0
    let isExhaustive = true
    while (!level.isEmpty && cost <= this.#limits.bound && this.#found === null) {
      const next = new Frontier()
      if (!this.#follow(level, next, cost)) {
        isExhaustive = false
        break
      }
      level = next
      cost += 1
    }
    return {
      world: this.#world.name,
      states: this.#rows.size,
      transitions: this.#transitions,
      completeUpTo: Math.min(cost, this.#found?.cost ?? Infinity) - 1,
      depth: this.#depth,
      exhaustive: isExhaustive && this.#found === null,
      closed: isExhaustive && this.#found === null && !this.#wasCut,
      machines: this.#rules.machines.size,
      engineSteps: this.#rules.machines.deeds,
      servedBy: [...this.#servedBy].toSorted(),
      seconds: (performance.now() - began) / 1000,
      violation: this.#report(),
    }
  }

  /** The first state: after a calm beginning, in which nothing is explored. */
  #addFirst(): number {
    const first = warmUp(this.#rules)
    this.#noteServing(first)
    const id = this.#rows.intern(first)
    this.#parents.set(id, -1)
    this.#costs.set(id, 0)
    return id
  }

  /** Follows every way of one cost to its end. False: there are too many states. */
  #follow(level: Frontier, next: Frontier, cost: number): boolean {
    const row = new Int32Array(this.#rules.width)
    const after = new Int32Array(this.#rules.width)
    const actions: Action[] = []
    const isCalm = this.#world.schedule === 'calm'
    // What costs nothing more comes into the same frontier.
    for (let from = level.take(); from !== undefined; from = level.take()) {
      if (this.#costs.get(from) !== cost * 2) continue
      this.#costs.set(from, cost * 2 + 1)
      this.#rows.readInto(from, row)
      if (this.#rules.isBeyond(row)) {
        this.#wasCut = true
        continue
      }
      this.#rules.enabled(row, actions)
      for (let choice = 0; choice < actions.length; choice += 1) {
        const costAfter = isCalm && choice === 0 ? cost : cost + 1
        if (costAfter > this.#limits.bound) this.#wasCut = true
        if (costAfter > this.#limits.bound || costAfter >= (this.#found?.cost ?? Infinity)) break
        const action = actions[choice] as Action
        const violation = this.#rules.apply(row, action, after)
        this.#transitions += 1
        if (violation !== null) this.#found = { violation, from, action, cost: costAfter }
        else this.#reach(after, from, action, costAfter, costAfter === cost ? level : next)
      }
      if (this.#rows.size > this.#limits.states) return false
    }
    return true
  }
  #reach(row: Int32Array, from: number, action: Action, cost: number, frontier: Frontier): void {
    const known = this.#rows.size
    const id = this.#rows.intern(row)
    const depth = this.#depths.get(from) + 1
    if (id === known) this.#noteServing(row)
    else if (!this.#isShortcut(id, cost, depth)) return
    this.#parents.set(id, from)
    this.#actions.set(id, action)
    this.#depths.set(id, depth)
    this.#costs.set(id, cost * 2)
    if (depth > this.#depth) this.#depth = depth
    frontier.add(id, depth)
  }
  /** Is this a cheaper way to a known state, or one of the same cost and shorter, and not followed yet? */
  #isShortcut(id: number, cost: number, depth: number): boolean {
    const known = this.#costs.get(id)
    return known > cost * 2 + 1 || (known === cost * 2 && depth < this.#depths.get(id))
  }

  #noteServing(row: Int32Array): void {
    const { machines, groups } = this.#rules
    for (const [node, name] of machines.nodes.entries()) {
      const serving = machines.serving(row[node] as number)
      if (this.#servedLast[node] === serving) continue
      this.#servedLast[node] = serving
      for (const [position, group] of groups.entries()) if ((serving & (1 << position)) !== 0) this.#servedBy.add(`${name} ${group}`)
    }
  }

  #report(): Found | null {
    if (this.#found === null) return null
    const { violation, from, action, cost } = this.#found
    const actions = [action]
    let first = from
    for (let id = from; this.#parents.get(id) >= 0; id = this.#parents.get(id)) {
      actions.unshift(this.#actions.get(id))
      first = this.#parents.get(id)
    }
    const story = tell(this.#rules, this.#rows.read(first), actions)
    return { rule: violation.rule, message: violation.message, cost, story: [...story, violation.message] }
  }
}

/** Lets everybody start, and then what is due happen, until the search is to begin. */
function warmUp(rules: Rules): Int32Array {
  let row = rules.first()
  const step = (action: Action): void => {
    const next = new Int32Array(rules.width)
    const violation = rules.apply(row, action, next)
    if (violation !== null) throw new Error(`the calm beginning breaks a rule: ${violation.message}`)
    row = next
  }
  for (const action of rules.starts()) step(action)
  const actions: Action[] = []
  for (let steps = 0; steps < ENOUGH_WARM_UP; steps += 1) {
    if (rules.isBeginning(row)) return row
    rules.enabled(row, actions)
    step(actions[0] as Action)
  }
  throw new Error('the calm beginning leads nowhere')
}

/** Searches a world within its bounds. */
export function search(world: World, limits: Limits): Report {
  return new Search(world, limits).run()
}

/** One line for people. */
export function summary(report: Report): string {
  const { world, states, transitions, seconds, depth, completeUpTo, violation } = report
  const verdict = violation === null ? 'no violation' : `VIOLATION ${violation.message}`
  const reach = report.closed ? 'closed: all there is' : report.exhaustive ? 'exhaustive within its bound' : 'stopped'
  const rate = Math.round(states / Math.max(seconds, 0.001))
  return `${world}: ${verdict}; ${states} states, ${transitions} transitions, depth ${depth}, complete up to cost ${completeUpTo}, ${reach}; ${seconds.toFixed(1)} s, ${rate} states/s, ${report.machines} machine states, ${report.engineSteps} engine steps`
}
