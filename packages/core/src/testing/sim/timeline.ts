import type { NodeId } from '../../model/index.ts'
import { describe } from './describe.ts'

interface Moment {
  readonly at: number
  readonly node: NodeId | ''
  readonly what: string
  readonly detail: unknown
}

const KEPT = 4000

/** The recent past of a world, kept by reference and put into words only when somebody asks. */
export class Timeline {
  readonly #ring: Moment[] = []
  readonly #everything: boolean
  #next = 0

  /** `everything` also keeps beats and renewals, and forgets nothing. */
  constructor(everything = false) {
    this.#everything = everything
  }

  add(at: number, node: NodeId | '', what: string, detail: unknown = null): void {
    const moment = { at, node, what, detail }
    if (this.#everything || this.#ring.length < KEPT) this.#ring.push(moment)
    else this.#ring[this.#next++ % KEPT] = moment
  }

  /** Beats and renewals come by the thousand. */
  get keepsAll(): boolean {
    return this.#everything
  }

  lines(last = Infinity): string[] {
    const ordered = this.#everything ? this.#ring : [...this.#ring.slice(this.#next % KEPT), ...this.#ring.slice(0, this.#next % KEPT)]
    return ordered
      .slice(-last)
      .map((moment) =>
        `${moment.at.toFixed(3).padStart(11)}  ${moment.node.padEnd(4)} ${moment.what.padEnd(11)} ${describe(moment.detail)}`.trimEnd(),
      )
  }
}
