import { quorumOf } from '../model/index.ts'
import type { Instant, MoveReport, NodeId } from '../model/index.ts'
import type { Brain } from './brain.ts'
import { quorumText } from './quorum-text.ts'
import type { Effect } from './types.ts'

/** For so many leases a node may count with another configuration than its coordinator: the log takes a moment to reach it. */
const MOMENT_LEASES = 3

/** Notices whether the configuration that this node has applied is the coordinator's, whose hash that is. */
export function noteConfiguration(brain: Brain, ofCoordinator: string, now: Instant): void {
  brain.differsSince = ofCoordinator === brain.configHash ? null : (brain.differsSince ?? now)
  const isOutdated = brain.differsSince !== null && now - brain.differsSince >= MOMENT_LEASES * brain.state.spec.timing.leaseMs
  if (isOutdated !== brain.isOutdated) brain.beatDue = true
  brain.isOutdated = isOutdated
}

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

/** Tells when a quorum is reached or lost, as this node sees it, and whom it hears. */
export function noteQuorum(brain: Brain, now: Instant): void {
  const quorum = brain.hasQuorum(now)
  if (quorum !== brain.hadQuorum) {
    const why = quorum ? `${brain.raft.view.coordinator ?? brain.self} coordinates; ${heardText(brain, now)}` : lackOfQuorum(brain, now)
    brain.emit({ type: 'event', event: { type: 'quorum', state: quorum ? 'reached' : 'lost', why } })
  }
  brain.hadQuorum = quorum
}

/** Assignments that have come into the log of this node, to be looked back on where there is a wall clock to date them. */
export function noteExpected(brain: Brain, effects: readonly Effect[], now: Instant): void {
  if (brain.wallAheadMs === null) return
  for (const effect of effects) if (effect.type === 'expect') brain.reports.learn(effect.epoch, now)
}

/** Tells how moves ended, once their entry is applied. */
export function noteEnded(brain: Brain, reports: readonly MoveReport[]): void {
  const told = new Map(reports.map((report) => [report.epoch, report]))
  for (const { group, to, epoch, phases, failed } of brain.state.moves ?? []) {
    const followMs = told.get(epoch)?.followMs
    if (!told.has(epoch) || to === null || phases === undefined) continue
    if (followMs !== undefined) {
      brain.emit({ type: 'event', event: { type: 'followed', group, to, epoch, followMs } })
      continue
    }
    const why = failed === undefined ? {} : { failed }
    brain.emit({ type: 'event', event: { type: 'moved', group, to, epoch, ...phases, ...why } })
  }
}

/** Why this node sees no quorum. */
export function lackOfQuorum(brain: Brain, now: Instant): string {
  const { voters } = brain.raft
  const isEnough = heardVoters(brain, now).length >= quorumOf(voters.length)
  return isEnough ? `nobody coordinates at present; ${heardText(brain, now)}` : heardText(brain, now)
}

function heardText(brain: Brain, now: Instant): string {
  return quorumText(brain.raft.voters, heardVoters(brain, now))
}

/** Those that fell silent together with one that counts as gone are not to be called heard because of their last few beats. */
function heardVoters({ self, raft, peers, state }: Brain, now: Instant): readonly NodeId[] {
  const recentMs = state.spec.timing.electionMs / 2
  return raft.voters.filter((voter) => voter === self || now - (peers.get(voter)?.heardAt ?? -Infinity) < recentMs)
}

/** Another role, term or coordinator: as it takes up or leaves the office, a node begins anew. */
export function noteRole(brain: Brain, why: string): void {
  const { role, term, coordinator } = brain.raft.view
  if (role !== 'coordinator') brain.coordination.reset()
  else noteConfiguration(brain, brain.configHash, 0)
  brain.beatDue = true
  brain.emit({ type: 'event', event: { type: 'role', role, term, coordinator, why } })
}
