import type { Message, NodeId, Term } from '../../../model/index.ts'
import type { Logged } from './ledger.ts'
import { violate } from './violation.ts'

/** What leaves a node is covered by its disk; a vote is given once. */
export class WireCheck {
  readonly #votes = new Map<Term, Map<NodeId, NodeId>>()

  sent(node: Logged, message: Message): void {
    switch (message.type) {
      case 'vote-request':
        if (!message.pre) this.#voted(node, message.term, node.id)
        return
      case 'vote-answer':
        if (!message.pre && message.granted) this.#voted(node, message.term, message.to)
        else if (!message.pre) this.#covered(node, message.term, 'a vote answer')
        return
      case 'append-answer':
        this.#covered(node, message.term, 'an append answer')
        if (message.ok && node.durable.lastIndex < message.index) {
          violate('persist before send', `${node.id} acknowledges entries up to ${message.index} with ${node.durable.lastIndex} on disk`)
        }
        return
      case 'append':
      case 'install-snapshot':
      case 'timeout-now':
        this.#covered(node, message.term, message.type)
        return
      case 'beat':
        if (message.coordinator === message.from) this.#covered(node, message.term, "a coordinator's beat")
        if (message.matched > node.durable.lastIndex)
          violate('persist before send', `${node.id} says matched ${message.matched} with ${node.durable.lastIndex} on disk`)
        return
      default:
    }
  }

  #voted(node: Logged, term: Term, candidate: NodeId): void {
    let votes = this.#votes.get(term)
    if (votes === undefined) this.#votes.set(term, (votes = new Map<NodeId, NodeId>()))
    const voter = node.folder ?? node.id
    const earlier = votes.get(voter)
    if (earlier !== undefined && earlier !== candidate)
      violate('one vote a term', `${node.id} votes for ${candidate} in term ${term} after it voted for ${earlier}`)
    votes.set(voter, candidate)
    const { term: onDisk, votedFor } = node.durable.hard
    if (onDisk < term || (onDisk === term && votedFor !== candidate)) {
      violate(
        'persist before send',
        `${node.id} sends its vote for ${candidate} in term ${term} with term ${onDisk}, vote ${votedFor ?? '-'} on disk`,
      )
    }
  }

  #covered(node: Logged, term: Term, what: string): void {
    if (node.durable.hard.term < term)
      violate('persist before send', `${node.id} sends ${what} of term ${term} with term ${node.durable.hard.term} on disk`)
  }
}
