import type { Beat, Instant, NodeId, Term } from '../../../model/index.ts'
import { quorumOf, votersOf } from '../../../model/index.ts'
import type { Logged } from './ledger.ts'
import { ROUNDING_MS } from './rights.ts'
import type { Step } from './step.ts'
import { violate } from './violation.ts'

/** What one life has heard, on its own clock. */
interface Ear {
  readonly life: number
  /** When it took the step whose effects are being performed. */
  now: Instant
  /** When it wanted to wake up. */
  wakeAt: Instant
  /** As in the configuration that it has applied. */
  heartbeatMs: number
  readonly heard: Map<NodeId, Instant>
  /** Everybody counts as heard at this time: a node that was itself late judges nobody by silence before one more beat. */
  excused: Instant
  /** The term that it coordinates, and since when. */
  term: Term | null
  since: Instant
  /** When it first called itself coordinator although it knew that the loss of its vote was committed. */
  removedAt: Instant | null
}

/**
 * Nobody calls itself coordinator that has heard no quorum of the voters in its log for an election time, or has for as long
 * known as committed that it has no vote any more.
 */
export class QuorumsCheck {
  readonly #ears = new Map<NodeId, Ear>()

  stepped(node: Logged, { life, now, news, effects, applied }: Step): void {
    const ear = this.#of(node.id, life)
    ear.now = now
    if (now > ear.wakeAt + ear.heartbeatMs) {
      const { electionMs, heartbeatMs } = node.written.spec.timing
      ear.excused = now - electionMs + heartbeatMs
    }
    if (news.type === 'message' && news.message.type === 'beat') ear.heard.set(news.message.from, now)
    for (const effect of effects) if (effect.type === 'wake') ear.wakeAt = effect.at
    ear.heartbeatMs = (applied?.state.spec ?? node.written.spec).timing.heartbeatMs
  }

  /** A beat leaves; what its step asked the disk for before is in the log. */
  sent(node: Logged, { term, coordinator, commit }: Beat): void {
    const ear = this.#ears.get(node.id)
    if (coordinator !== node.id || ear === undefined) return
    if (ear.term !== term) {
      ear.term = term
      // Whoever voted for it was heard; the others have an election time to be heard.
      ear.since = ear.now
    }
    const { spec } = node.written
    const floor = Math.max(ear.excused, ear.since)
    const isHeard = (voter: NodeId): boolean =>
      voter === node.id || ear.now - Math.max(floor, ear.heard.get(voter) ?? -Infinity) < spec.timing.electionMs + ROUNDING_MS
    const voters = votersOf(spec)
    const isRemoved = !voters.includes(node.id) && commit >= node.written.specIndex
    ear.removedAt = isRemoved ? (ear.removedAt ?? ear.now) : null
    if (ear.removedAt !== null && ear.now - Math.max(floor, ear.removedAt) > spec.timing.electionMs)
      violate('no coordinator without a vote', `${node.id} says that it coordinates term ${term} although its removal is committed`)
    const heard = voters.filter(isHeard)
    if (heard.length >= quorumOf(voters.length)) return
    violate(
      'no coordinator without a quorum',
      `${node.id} says that it coordinates term ${term}; for ${spec.timing.electionMs} ms it has heard only [${heard.join(' ')}] of [${voters.join(' ')}]`,
    )
  }

  #of(node: NodeId, life: number): Ear {
    const known = this.#ears.get(node)
    if (known?.life === life) return known
    const ear: Ear = {
      life,
      now: -Infinity,
      wakeAt: Infinity,
      heartbeatMs: 0,
      heard: new Map(),
      excused: -Infinity,
      term: null,
      since: -Infinity,
      removedAt: null,
    }
    this.#ears.set(node, ear)
    return ear
  }
}
