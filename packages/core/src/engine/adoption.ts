import type { Adoption, Instant } from '../model/index.ts'
import type { Brain } from './brain.ts'
import type { HandOver } from './types.ts'

/**
 * A planned upgrade: what this life serves, the next one in the same process goes on with under the same epochs. Only what is at rest is
 * handed over, and all of it at once; this life does nothing any more after that, so that no two lives ever have the same right.
 */
export function handOver(brain: Brain, now: Instant): HandOver {
  const leases = handable(brain, now)
  if (typeof leases === 'string') return { ok: false, why: leases }
  brain.coordination.abandon()
  brain.stopped = true
  return { ok: true, adoption: { applied: brain.applied, leases } }
}

function handable(brain: Brain, now: Instant): Adoption['leases'] | string {
  if (brain.stopped || brain.leavingUntil !== null) return 'it is being stopped'
  if (brain.storageFailing !== null) return `its disk fails: ${brain.storageFailing}`
  if (brain.raft.view.installing !== null) return 'it is taking over a snapshot of the log'
  return brain.holdings.handOver(brain.raft.view.log, now)
}

/** Goes on with what the former life has handed over, which the disk must bear out. */
export function adopt(brain: Pick<Brain, 'self' | 'raft' | 'holdings'>, { applied, leases }: Adoption, now: Instant): void {
  const { log } = brain.raft.view
  if (applied < log.base || applied > log.lastIndex)
    throw new Error(`invariant: handed over up to ${applied}, but the log on this disk is ${log.base} to ${log.lastIndex}`)
  for (const { group, epoch } of leases) {
    const latest = log.latest.get(group)
    if (latest?.node !== brain.self || latest.epoch !== epoch || epoch > applied)
      throw new Error(`invariant: ${group}@${epoch} was handed over, but the log on this disk gives it to ${latest?.node}@${latest?.epoch}`)
  }
  brain.holdings.adopt(leases, now)
}
