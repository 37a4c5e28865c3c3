import type { Leases } from '../lease/leases.ts'
import { isSameSet } from '../lease/leases.ts'
import type { Promises } from '../lease/promises.ts'
import type { Beat, ClusterState, Echo, GroupId, Instant, NodeId } from '../model/index.ts'
import type { Raft } from '../raft/raft.ts'
import { isListed } from './peers.ts'
import type { Peers } from './peers.ts'

export interface HearingContext {
  readonly self: NodeId
  readonly raft: Raft
  readonly promises: Promises
  readonly leases: Leases
  readonly peers: Peers
  /** The applied state: all of it is on this node's disk. */
  readonly state: ClusterState
}

/** What hearing a beat leads to. */
export interface Heard {
  /** The sender waits for an echo: it lists something new, or the verdict has changed. */
  readonly urgent: boolean
  /** A promise became void: held entries may go on. */
  readonly voided: boolean
}

/**
 * Everything a beat means for promises and leases: words of release, the verdict on what it lists, and its echoes.
 * The caller has seen that the beat is news, and Raft has had its part.
 */
export function hear(context: HearingContext, beat: Beat, now: Instant): Heard {
  const { self, leases, peers } = context
  const voided = hearReleases(context, beat)
  const denied = judge(context, beat, now)
  const before = peers.set({ beat, heardAt: now, denied })
  for (const echo of beat.echoes) leases.heard(beat.from, echo)
  if (beat.from === self) {
    const own: Echo = { node: self, incarnation: beat.incarnation, sentAt: beat.sentAt, denied }
    if (context.raft.isVoter) leases.heard(self, own)
    return { urgent: false, voided }
  }
  const isNew = listsMore(before?.beat, beat)
  const isOtherVerdict = before !== undefined && before.denied.join() !== denied.join()
  return { urgent: isNew || isOtherVerdict, voided }
}

/** An epoch names its group, too. */
function listsMore(before: Beat | undefined, { holds }: Beat): boolean {
  if (before?.holds === holds) return false
  const listed = new Set(before?.holds.filter(isListed).map(({ epoch }) => epoch))
  return holds.some((holding) => isListed(holding) && !listed.has(holding.epoch))
}

function hearReleases({ promises }: HearingContext, beat: Beat): boolean {
  let voided = false
  for (const { group, epoch } of beat.released) voided = promises.release({ group, epoch, node: beat.from }) || voided
  return voided
}

/**
 * The verdict of DESIGN §2.4, reached once, when the beat is heard: promise what the log, committed or not, says too;
 * deny the rest. Returns the denied groups.
 */
function judge({ raft, promises, state }: HearingContext, beat: Beat, now: Instant): readonly GroupId[] {
  const { log } = raft.view
  const { timing } = log.spec.spec
  // Who becomes a voter later echoes this very beat, and has promised nothing.
  const mayPromise = raft.isVoter && isSameSet(beat.voters, raft.voters)
  // A longer lease than the configurations on this disk name would outlast the wait after a restart.
  const isKnownLease = beat.leaseMs <= state.longestLeaseMs
  const denied: GroupId[] = []
  for (const holding of beat.holds) {
    if (!isListed(holding)) continue
    const { group, epoch } = holding
    const latest = log.latest.get(group)
    const agrees =
      mayPromise &&
      isKnownLease &&
      !raft.isHeldFor(group, beat.from) &&
      latest?.node === beat.from &&
      latest.epoch === epoch &&
      !promises.isReleased(group, epoch, beat.from)
    if (agrees) promises.make({ group, node: beat.from, epoch }, now, beat.leaseMs, timing)
    else denied.push(group)
  }
  return denied
}
