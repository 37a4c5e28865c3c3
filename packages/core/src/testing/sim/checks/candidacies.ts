import type { Effect } from '../../../engine/types.ts'
import type { Incarnation, Instant, Message, NodeId, Term, VoteRequest } from '../../../model/index.ts'
import { quorumOf, votersOf } from '../../../model/index.ts'
import type { EngineNews } from '../../../runtime/turns.ts'
import type { Logged } from './ledger.ts'
import type { Step } from './step.ts'
import { violate } from './violation.ts'

/** The newest word of somebody who coordinates a term. */
interface Word {
  readonly from: NodeId
  readonly term: Term
  readonly at: Instant
}

/** What one life may go by when it stands for election, or is asked for its vote. */
interface Prospect {
  readonly life: number
  /** Whom it hears coordinate. */
  coordinator: Word | null
  /** The newest beat that it has heard of each node and data folder. */
  readonly newest: Map<string, { readonly incarnation: Incarnation; readonly sentAt: Instant }>
  /** The term that it asked about last, and who would have voted for it. */
  asked: { readonly term: Term; readonly granted: Set<NodeId> } | null
  /** The term in which it stands because the coordinator before wanted that. */
  invited: Term | null
}

/**
 * Elections disturb nobody: a node raises its term only to stand for election with the pre-votes of a quorum or at the wish of the
 * coordinator, or because it has heard of a later term. So a node that nobody hears stays in its term. And whoever hears a coordinator
 * supports nobody else.
 */
export class CandidaciesCheck {
  readonly #prospects = new Map<NodeId, Prospect>()

  stepped(node: Logged, { life, now, news, effects }: Step): void {
    const prospect = this.#of(node.id, life)
    if (news.type === 'message') {
      if (news.message.type === 'vote-request') demandLoyalty(node, prospect, news.message, now, effects)
      noteCoordinator(node, prospect, news.message, now)
      notePreVote(prospect, news.message)
    }
    let { term } = node.written.hard
    for (const effect of effects) {
      if (effect.type === 'send' && effect.message.type === 'vote-request') asks(node.id, prospect, effect.message)
      if (effect.type !== 'persist' || effect.write.hard === undefined || effect.write.hard.term <= term) continue
      term = effect.write.hard.term
      if (effect.write.hard.votedFor === node.id) stands(node, prospect, term, news)
      else if (!names(news, term))
        violate(
          'terms grow by what is heard',
          `${node.id} enters term ${term}, which nobody has named to it, and does not stand for election`,
        )
    }
  }

  #of(node: NodeId, life: number): Prospect {
    const known = this.#prospects.get(node)
    if (known?.life === life) return known
    const prospect: Prospect = { life, coordinator: null, newest: new Map(), asked: null, invited: null }
    this.#prospects.set(node, prospect)
    return prospect
  }
}

function noteCoordinator(node: Logged, prospect: Prospect, message: Message, at: Instant): void {
  const { coordinator, newest } = prospect
  const { from, incarnation } = message
  const known = newest.get(folderOf(message))?.incarnation
  // To a life that is over nobody listens.
  if (known !== undefined && known.generation > incarnation.generation) return
  if (message.type === 'append' || message.type === 'install-snapshot') {
    if (message.term >= (coordinator?.term ?? 0)) prospect.coordinator = { from, term: message.term, at }
  } else if (message.type === 'beat' && isNews(prospect, message)) {
    newest.set(folderOf(message), message)
    if (message.term < (coordinator?.term ?? 0)) return
    // Whether a node listens to one that its log names no more depends on what it has applied.
    const isKnown = node.written.spec.nodes.some(({ id }) => id === from)
    if (message.coordinator === from && isKnown) prospect.coordinator = { from, term: message.term, at }
    else if (coordinator?.from === from) prospect.coordinator = null
  }
}

/** Word from a wrong data folder makes no older word of the right one news. */
function folderOf({ from, incarnation }: Message): string {
  return `${from} ${incarnation.dataId}`
}

function isNews({ newest }: Prospect, beat: Extract<Message, { type: 'beat' }>): boolean {
  const known = newest.get(folderOf(beat))
  return known?.incarnation.generation !== beat.incarnation.generation || beat.sentAt > known.sentAt
}

/** Who is asked for its vote while it hears the coordinator of its term gives none, and stays in its term (thesis 6.2, 9.6). */
function demandLoyalty(node: Logged, { coordinator }: Prospect, asked: VoteRequest, now: Instant, effects: readonly Effect[]): void {
  const { spec, hard } = node.written
  const { electionMs, heartbeatMs } = spec.timing
  if (asked.transfer || coordinator === null || coordinator.term !== hard.term || now - coordinator.at >= electionMs - heartbeatMs / 2)
    return
  const yields = effects.some((effect) => {
    if (effect.type === 'persist') return effect.write.hard !== undefined && effect.write.hard.votedFor !== node.id
    return effect.type === 'send' && effect.message.type === 'vote-answer' && effect.message.granted && effect.message.to === asked.from
  })
  if (!yields) return
  const ago = (now - coordinator.at).toFixed(0)
  violate(
    'no vote against a live coordinator',
    `${node.id} supports ${asked.from}, ${ago} ms after it heard ${coordinator.from} coordinate`,
  )
}

function notePreVote({ asked }: Prospect, message: Message): void {
  if (message.type !== 'vote-answer' || !message.pre || message.term !== asked?.term) return
  if (message.granted) asked.granted.add(message.from)
  else asked.granted.delete(message.from)
}

function asks(node: NodeId, prospect: Prospect, { pre, transfer, term }: VoteRequest): void {
  // Every round asks anew, and whoever asks has waited for its coordinator: it may have begun under a shorter election time.
  if (pre) prospect.asked = { term, granted: new Set() }
  prospect.coordinator = null
  if (transfer && (pre || prospect.invited !== term))
    violate('no candidacy without pre-votes', `${node} says that the coordinator wants it to stand in term ${term}, which is not so`)
}

function stands(node: Logged, prospect: Prospect, term: Term, news: EngineNews): void {
  if (news.type === 'message' && news.message.type === 'timeout-now' && news.message.term === term - 1) {
    prospect.invited = term
    return
  }
  const { asked } = prospect
  const voters = votersOf(node.written.spec)
  const granted = voters.filter((voter) => voter === node.id || (asked?.term === term && asked.granted.has(voter)))
  if (granted.length >= quorumOf(voters.length)) return
  violate(
    'no candidacy without pre-votes',
    `${node.id} stands in term ${term}, in which only [${granted.join(' ')}] of [${voters.join(' ')}] would vote for it`,
  )
}

/** Is that term somebody's? A question before an election, and a yes to it, are about a term in which nobody is yet. */
function names(news: EngineNews, term: Term): boolean {
  if (news.type !== 'message' || !('term' in news.message) || news.message.term !== term) return false
  const { message } = news
  if (message.type === 'vote-request') return !message.pre
  return message.type !== 'vote-answer' || !(message.pre && message.granted)
}
