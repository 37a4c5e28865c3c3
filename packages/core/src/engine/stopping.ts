import type { Instant, NodeId } from '../model/index.ts'
import type { Brain } from './brain.ts'

/**
 * A clean end: groups are handed over first (the coordinator sees `leaving` and asks for them), then coordination, then
 * the node says `stopped`. What nobody takes is let go when the time is up, or at once when nobody could.
 */
export function proceedToStop(brain: Brain, now: Instant): void {
  const { leavingUntil, holdings, raft } = brain
  if (leavingUntil === null) return
  if (!holdings.isEmpty) {
    if (now >= leavingUntil || !isHandoverPossible(brain, now)) brain.emit(...holdings.dropAll('stopping', now))
    if (!holdings.isEmpty) return
  }
  if (now < leavingUntil && raft.isCoordinator) {
    if (isReleaseUnanswered(brain)) return
    if (raft.view.transfer === null) transfer(brain, now)
    if (raft.view.transfer !== null) return
  }
  brain.coordination.abandon()
  raft.stepDown(now, 'stopping')
  brain.stopped = true
  brain.beatDue = true
}

/** Without an end of its own; asked for again, another voter is asked to coordinate. */
export function stepAside(brain: Brain, now: Instant): void {
  if (brain.raft.isCoordinator && brain.raft.view.transfer === null) transfer(brain, now)
}

/** Somebody coordinates, and somebody else could hold what this node holds. */
function isHandoverPossible(brain: Brain, now: Instant): boolean {
  if (!brain.hasQuorum(now)) return false
  const { electionMs } = brain.state.spec.timing
  return brain.holdings.list().some(({ group }) => {
    const spec = brain.state.spec.groups.find(({ id }) => id === group)
    return spec?.nodes.some((node) => {
      const view = brain.peers.get(node)
      return (
        node !== brain.self && view !== undefined && now - view.heardAt < electionMs && view.beat.report.fitness[group]?.level === 'fit'
      )
    })
  })
}

/** As coordinator this node still owes its released groups to somebody who can take them. */
function isReleaseUnanswered(brain: Brain): boolean {
  const { latest } = brain.raft.view.log
  return brain.state.spec.groups.some(({ id }) => {
    const decision = brain.coordination.decisions.get(id)
    const current = latest.get(id)
    const isOwn = current?.node === brain.self
    const isUncommitted = (current?.epoch ?? 0) > brain.raft.view.commit
    return isUncommitted || (isOwn && decision?.action === 'assign')
  })
}

/** Asks the voter that is furthest to coordinate; who was asked already and did not is asked again only after the others. */
function transfer(brain: Brain, now: Instant): void {
  const { raft, self, successors } = brain
  const byTurn = raft.voters
    .filter((node) => node !== self)
    .toSorted((a, b) => successors.lastIndexOf(a) - successors.lastIndexOf(b) || matchOf(brain, b) - matchOf(brain, a))
  for (const node of byTurn) {
    const view = brain.peers.get(node)
    const isAlive = view !== undefined && now - view.heardAt < brain.state.spec.timing.electionMs / 2 && !view.beat.report.leaving
    if (!isAlive || !raft.transferTo(node, now)) continue
    successors.push(node)
    return
  }
}

function matchOf(brain: Brain, node: NodeId): number {
  return brain.raft.view.peers.get(node)?.match ?? 0
}
