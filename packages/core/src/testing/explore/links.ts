import { actionOf } from './actions.ts'
import type { Action, Kind } from './actions.ts'

/** What befalls links. */
export type LinkKind = Extract<Kind, 'cut' | 'split' | 'isolate' | 'mend'>

/** Which links between so many nodes are cut: one bit for each link and direction. */
export class Links {
  readonly #count: number

  constructor(count: number) {
    this.#count = count
  }

  isCut(cuts: number, from: number, to: number): boolean {
    return (cuts & this.#link(from, to)) !== 0
  }
  /** Adds the ways to cut one more link: one way, or both ways. */
  choices(cuts: number, kind: 'cut' | 'split', into: Action[]): void {
    for (let from = 0; from < this.#count; from += 1) {
      for (let to = 0; to < this.#count; to += 1) {
        const argument = from * this.#count + to
        const isNew = (kind === 'split' ? from < to : from !== to) && this.after(cuts, kind, argument) !== cuts
        if (isNew) into.push(actionOf(kind, argument))
      }
    }
  }
  /** The links that are cut after that. */
  after(cuts: number, kind: LinkKind, argument: number): number {
    const [from, to] = [Math.floor(argument / this.#count), argument % this.#count]
    switch (kind) {
      case 'mend':
        return 0
      case 'cut':
        return cuts | this.#link(from, to)
      case 'split':
        return cuts | this.#link(from, to) | this.#link(to, from)
      case 'isolate':
        return cuts | this.#allOf(argument)
    }
  }

  #allOf(node: number): number {
    let links = 0
    for (let other = 0; other < this.#count; other += 1) if (other !== node) links |= this.#link(node, other) | this.#link(other, node)
    return links
  }
  #link(from: number, to: number): number {
    return 1 << (from * this.#count + to)
  }
}
