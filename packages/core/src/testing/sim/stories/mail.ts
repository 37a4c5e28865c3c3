import type { Beat, Message, NodeId } from '../../../model/index.ts'

/** Which messages a story means. */
export type What = (message: Message) => boolean

interface Flight {
  readonly to: NodeId
  readonly message: Message
}

/** Messages that a story keeps for itself. What is never delivered is lost. */
export class Hold {
  readonly #carry: (flight: Flight) => void
  readonly #links: readonly { readonly from: NodeId; readonly to: NodeId }[]
  readonly #what: What
  readonly #kept: Flight[] = []
  #over = false

  constructor(links: string, what: What, carry: (flight: Flight) => void) {
    this.#links = linksOf(links)
    this.#what = what
    this.#carry = carry
  }

  get kept(): readonly Message[] {
    return this.#kept.map(({ message }) => message)
  }

  /** Takes the message if it is meant. */
  takes(from: NodeId, to: NodeId, message: Message): boolean {
    const isMeant = this.#links.some((link) => isName(link.from, from) && isName(link.to, to)) && this.#what(message)
    if (this.#over || !isMeant) return false
    this.#kept.push({ to, message })
    return true
  }

  /** Delivers the newest `count` of the kept messages, in the order in which they were sent, at this very instant. */
  deliver(count = Infinity): void {
    for (const flight of this.#kept.splice(Math.max(0, this.#kept.length - count))) this.#carry(flight)
  }

  /** From now on nothing more is kept. */
  end(): void {
    this.#over = true
  }

  /** Delivers everything and keeps nothing more. */
  release(): void {
    this.end()
    this.deliver()
  }
}

/** The hands of a story in the mail of its cluster. */
export class Mail {
  readonly #holds: Hold[] = []
  readonly #beats = new Map<NodeId, Beat>()
  readonly #carry: (flight: Flight) => void

  constructor(carry: (flight: Flight) => void) {
    this.#carry = carry
  }

  /** Keeps messages from going their way. Links: `a>b` one way, `a-b` both ways, `*` is anybody; several with a space between. */
  hold(links: string, what: What = () => true): Hold {
    const hold = new Hold(links, what, this.#carry)
    this.#holds.push(hold)
    return hold
  }

  /** True: the message does not go its way. */
  intercept(from: NodeId, to: NodeId, message: Message): boolean {
    if (message.type === 'beat') this.#beats.set(from, message)
    return this.#holds.some((hold) => hold.takes(from, to, message))
  }

  /** What the node said last, heard by anybody or not. */
  beatOf(node: NodeId): Beat | undefined {
    return this.#beats.get(node)
  }
}

function linksOf(text: string): { from: NodeId; to: NodeId }[] {
  return text.split(' ').flatMap((link) => {
    const [a, b] = link.split(/[>-]/)
    if (a === undefined || b === undefined) throw new Error(`a link is written a>b or a-b, not "${link}"`)
    return link.includes('-')
      ? [
          { from: a, to: b },
          { from: b, to: a },
        ]
      : [{ from: a, to: b }]
  })
}

function isName(pattern: NodeId, node: NodeId): boolean {
  return pattern === '*' || pattern === node
}
