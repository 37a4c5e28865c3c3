import type { Message, NodeId } from '../../model/index.ts'
import type { EventQueue } from './queue.ts'
import type { SeededRandom } from './random.ts'

/** How one direction between two nodes behaves. */
interface Link {
  baseMs: number
  jitterMs: number
  lossRate: number
  doubleRate: number
  /** A generator of its own: what happens on other links does not disturb this one. */
  readonly random: SeededRandom
  /** Messages sent or under way are lost. */
  cut: boolean
  /** Messages wait and arrive together when this is over. */
  clogged: (() => void)[] | null
}

export interface NetworkQuality {
  readonly baseMs: number
  readonly jitterMs: number
  readonly lossRate: number
  readonly doubleRate: number
}

/** Messages by reference, each with a delay of its own: lost, doubled, overtaken. */
export class SimNetwork {
  readonly #queue: EventQueue
  readonly #links = new Map<NodeId, Map<NodeId, Link>>()
  readonly #deliver: (to: NodeId, message: Message) => void
  sent = 0
  /** A directed world may keep a message from going its way: true takes it away. */
  intercept: (from: NodeId, to: NodeId, message: Message) => boolean = () => false

  constructor(
    queue: EventQueue,
    random: SeededRandom,
    nodes: readonly NodeId[],
    quality: (from: NodeId, to: NodeId) => NetworkQuality,
    deliver: (to: NodeId, message: Message) => void,
  ) {
    this.#queue = queue
    this.#deliver = deliver
    for (const from of nodes) {
      const row = new Map<NodeId, Link>()
      for (const to of nodes) if (to !== from) row.set(to, { ...quality(from, to), random: random.fork(), cut: false, clogged: null })
      this.#links.set(from, row)
    }
  }

  send(from: NodeId, to: NodeId | 'all', message: Message): void {
    const row = this.#links.get(from)
    if (row === undefined) return
    if (to !== 'all') {
      const link = row.get(to)
      if (link !== undefined && !this.intercept(from, to, message)) this.#sendOver(link, to, message)
      return
    }
    for (const [peer, link] of row) if (!this.intercept(from, peer, message)) this.#sendOver(link, peer, message)
  }

  setCut(from: NodeId, to: NodeId, cut: boolean): void {
    this.#link(from, to).cut = cut
  }

  setClogged(from: NodeId, to: NodeId, clogged: boolean): void {
    const link = this.#link(from, to)
    const waiting = link.clogged
    link.clogged = clogged ? (waiting ?? []) : null
    if (!clogged) for (const deliver of waiting ?? []) this.#queue.after(link.random.between(0, 2), deliver)
  }

  /** Lets the first of the waiting messages through; the others wait on. Returns how many there were. */
  deliverHeld(from: NodeId, to: NodeId, count: number): number {
    const passed = this.#link(from, to).clogged?.splice(0, count) ?? []
    const link = this.#link(from, to)
    const { clogged } = link
    link.clogged = null
    for (const deliver of passed) deliver()
    link.clogged = clogged
    return passed.length
  }

  /** Loses what waits. */
  dropHeld(from: NodeId, to: NodeId): number {
    return this.#link(from, to).clogged?.splice(0).length ?? 0
  }

  setLossEverywhere(lossRate: number): void {
    for (const row of this.#links.values()) for (const link of row.values()) link.lossRate = lossRate
  }

  heal(): void {
    for (const [from, row] of this.#links) {
      for (const [to, link] of row) {
        link.cut = false
        link.lossRate = Math.min(link.lossRate, 0.01)
        this.setClogged(from, to, false)
      }
    }
  }

  #link(from: NodeId, to: NodeId): Link {
    const link = this.#links.get(from)?.get(to)
    if (link === undefined) throw new Error(`no link ${from}->${to}`)
    return link
  }

  #sendOver(link: Link, to: NodeId, message: Message): void {
    this.sent += 1
    if (link.cut || (link.lossRate > 0 && link.random.chance(link.lossRate))) return
    this.#carry(link, to, message)
    if (link.doubleRate > 0 && link.random.chance(link.doubleRate)) this.#carry(link, to, message)
  }

  #carry(link: Link, to: NodeId, message: Message): void {
    const late = link.random.next()
    // One in a hundred takes a hundred times the jitter: long enough to be overtaken by everything.
    const delay = link.baseMs + link.jitterMs * (late > 0.99 ? (late - 0.99) * 10_000 : late)
    const arrive = (): void => {
      if (link.cut) return
      if (link.clogged !== null) link.clogged.push(arrive)
      else this.#deliver(to, message)
    }
    this.#queue.after(delay, arrive)
  }
}
