import type { Instant } from '../model/index.ts'
import type { Brain } from './brain.ts'

/** Tells once of each node that has fallen silent. */
export function noteSilence(brain: Brain, now: Instant): void {
  const { electionMs } = brain.state.spec.timing
  for (const { beat: newest, heardAt } of brain.peers.all()) {
    if (now - heardAt <= electionMs || newest.from === brain.self || brain.silent.has(newest.from)) continue
    brain.silent.add(newest.from)
    const why = `not heard for ${Math.round(now - heardAt)} ms`
    brain.emit({ type: 'event', event: { type: 'member', node: newest.from, state: 'silent', why } })
  }
}

/** Tells when a quorum is reached or lost. */
export function noteQuorum(brain: Brain, now: Instant): void {
  const quorum = brain.hasQuorum(now)
  if (quorum !== brain.hadQuorum) brain.emit({ type: 'event', event: { type: 'quorum', state: quorum ? 'reached' : 'lost' } })
  brain.hadQuorum = quorum
}
