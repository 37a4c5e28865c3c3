import type { NodeId } from '../../model/index.ts'
import { describe } from './describe.ts'

interface Moment {
  readonly at: number
  readonly node: NodeId | ''
  readonly what: string
  readonly detail: unknown
}

const KEPT = 4000
/** Capitals also mark these, which come of what happens and come often. */
const RESULTS: ReadonlySet<string> = new Set(['UP', 'STRAY', 'ANSWER'])

/** The recent past of a world, kept by reference and put into words only when somebody asks. */
export class Timeline {
  readonly #ring: Moment[] = []
  /** What the world does to the nodes: faults, starts and ends of their lives, links, frozen processes. Few, and none is forgotten. */
  readonly #turns: Moment[] = []
  readonly #everything: boolean
  #next = 0

  /** `everything` also keeps beats and renewals, and forgets nothing. */
  constructor(everything = false) {
    this.#everything = everything
  }

  add(at: number, node: NodeId | '', what: string, detail: unknown = null): void {
    const moment = { at, node, what, detail }
    if (isTurn(what)) this.#turns.push(moment)
    if (this.#everything || this.#ring.length < KEPT) this.#ring.push(moment)
    else this.#ring[this.#next++ % KEPT] = moment
  }

  /** Beats and renewals come by the thousand. */
  get keepsAll(): boolean {
    return this.#everything
  }

  /** What happened last; where that is not all, after everything that the world did to the nodes before. */
  lines(last = Infinity): string[] {
    const ordered = this.#everything ? this.#ring : [...this.#ring.slice(this.#next % KEPT), ...this.#ring.slice(0, this.#next % KEPT)]
    const recent = ordered.slice(-last)
    if (recent.length === ordered.length && this.#next === 0) return recent.map(lineOf)
    const shown = new Set(recent)
    const before = this.#turns.filter((moment) => !shown.has(moment)).map(lineOf)
    return [...before, `        ...  of the rest the last ${recent.length} lines:`, ...recent.map(lineOf)]
  }
}

function isTurn(what: string): boolean {
  return what === what.toUpperCase() && !RESULTS.has(what)
}

function lineOf({ at, node, what, detail }: Moment): string {
  return `${at.toFixed(3).padStart(11)}  ${node.padEnd(4)} ${what.padEnd(11)} ${describe(detail)}`.trimEnd()
}
