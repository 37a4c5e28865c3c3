import type { Beat, DataPosition, Echo, GroupId, Instant, MoveReport, NodeReport } from '../model/index.ts'
import type { Brain } from './brain.ts'
import { ownFitness } from './own-fitness.ts'
import { isListed, saysTheSame } from './peers.ts'
import { unchangedFitness, unchangedHolds } from './unchanged.ts'

/** Echoes older than this many leases can prolong no lease. */
const ECHO_LEASES = 2
/** Beats of one life differ in `sentAt` even when they leave in the same instant. */
const SENT_AT_STEP_MS = 0.001

/** What this node has to say now. It is remembered, so that its echoes can be counted. */
export function makeBeat(brain: Brain, now: Instant): Beat {
  const { self, incarnation, raft, holdings, promises, peers } = brain
  const { term, coordinator, quorumCommit, matched, durable, role, log } = raft.view
  const { timing } = brain.state.spec
  const beat: Beat = {
    type: 'beat',
    from: self,
    incarnation,
    sentAt: brain.lastBeat === null ? now : Math.max(now, brain.lastBeat.sentAt + SENT_AT_STEP_MS),
    leaseMs: timing.leaseMs,
    voters: raft.voters,
    term,
    coordinator,
    commit: quorumCommit,
    matched: Math.min(matched, durable),
    holds: unchangedHolds(brain.lastBeat?.holds, holdings.list()),
    released: holdings.releasedWords(log),
    echoes: raft.isVoter ? [...peers.echoes(self, now, ECHO_LEASES * timing.leaseMs), ...takeSurpassed(brain)] : [],
    promises: raft.isVoter ? promises.running() : [],
    asks: role === 'coordinator' ? brain.coordination.asks : [],
    report: {
      fitness: unchangedFitness(brain.lastBeat?.report.fitness, brain.ownGroups, ownFitness(brain)),
      leaving: brain.leavingUntil !== null,
      latenessMs: brain.latenessMs,
      configHash: brain.configHash,
      ...startOf(brain),
      ...positionsOf(brain),
      ...movedOf(brain, now),
      ...(brain.unreached.size === 0 ? {} : { unreached: [...brain.unreached].map(([group, epoch]) => ({ group, epoch })) }),
    },
  }
  const isUnchanged = beat.holds === brain.lastBeat?.holds
  const listed = isUnchanged ? brain.leases.listed : new Map(beat.holds.filter(isListed).map(({ group, epoch }) => [group, epoch]))
  brain.leases.sent({ sentAt: beat.sentAt, madeAt: now, leaseMs: beat.leaseMs, voters: beat.voters, listed })
  if (role === 'coordinator' && !saysTheSame(brain.lastBeat ?? undefined, beat)) brain.coordination.stir()
  brain.lastBeat = beat
  return beat
}

/** When this node's daemon started: told only where it matters. */
export function startOf({ startedAt, state }: Brain): { readonly startedAt?: Instant } {
  return state.spec.groups.some(({ placement }) => placement?.startDelayMs !== undefined) ? { startedAt } : {}
}

/** How far this node's data is, of the groups that go by it. */
function positionsOf({ positions, state }: Brain): Pick<NodeReport, 'positions'> {
  if (positions.size === 0) return {}
  const told = state.spec.groups.flatMap(({ id, placement }): [GroupId, DataPosition][] => {
    const position = placement?.prefer === 'current' ? positions.get(id) : undefined
    return position === undefined ? [] : [[id, position]]
  })
  return told.length === 0 ? {} : { positions: Object.fromEntries(told) }
}

function movedOf({ reports, state }: Brain, now: Instant): { readonly moved?: readonly MoveReport[] } {
  const moved = reports.due(state, now)
  return moved.length === 0 ? {} : { moved }
}

/**
 * Nobody listens to an older copy of a data folder, and so nobody would ever echo it: it is told the start that surpassed it
 * as an echo of no beat at all, which supports no lease.
 */
function takeSurpassed(brain: Brain): readonly Echo[] {
  const echoes = [...brain.surpassed].map(([node, incarnation]) => ({ node, incarnation, sentAt: 0, denied: [] }))
  brain.surpassed.clear()
  return echoes
}
