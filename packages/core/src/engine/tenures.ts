import { fenceMsOf, serviceMsOf } from '../model/index.ts'
import type { ClusterSpec, ClusterState, Epoch, GroupId, GroupSpec, HoldingState, Instant, NodeId } from '../model/index.ts'
import type { HolderState } from '../placement/place.ts'
import type { Promises } from '../lease/promises.ts'
import type { Raft } from '../raft/raft.ts'
import { ofGroup } from './by-group.ts'
import { canonical } from './canonical.ts'
import { isListed } from './peers.ts'
import type { Peers } from './peers.ts'
import { Wave } from './wave.ts'

/** What this coordinator has seen of the latest assignment of a group. */
interface Tenure {
  readonly epoch: Epoch
  /** When it was first seen. */
  readonly at: Instant
  /** Until then it could not start because former holders were to be fenced. */
  fencedUntil: Instant
  wasTried: boolean
  wasActive: boolean
  /** Since when the holder is asked to release it; null: it never was. */
  askedAt: Instant | null
}

/** The present configuration, as far as this coordinator has seen it come. */
export interface Reconfiguration {
  readonly index: number
  /** Since when it is committed. */
  readonly at: Instant
  readonly spec: ClusterSpec
  /** How long what it has changed of a service may take to stop, of the groups of which it has. */
  readonly stopMs: ReadonlyMap<GroupId, number>
}

export interface TenuresContext {
  readonly raft: Raft
  readonly promises: Promises
  readonly peers: Peers
  readonly state: () => ClusterState
  /** Is the holder asked to release that epoch? */
  readonly isAsked: (group: GroupId, epoch: Epoch) => boolean
  readonly configured: () => Reconfiguration | null
  /** A node has shown that it cannot bring the group up. */
  readonly onFailure: (node: NodeId, group: GroupId) => void
}

/** A holder that is not active after so many leases could not bring the group up. */
export const STALL_LEASES = 5
/** For so many leases a node that could not bring a group up is passed over. */
export const PENALTY_LEASES = 30

const NOBODY: ReadonlySet<NodeId> = new Set()

const NO_HOLDER: HolderState = { released: false, heard: false, lettingGo: false, stalled: false }

/** How holders do with what they were given, and who has failed lately. */
export class Tenures {
  private readonly context: TenuresContext
  private tenures = new Map<GroupId, Tenure>()
  /** Every group that was looked at since the beginning is served by its holder, or nobody is heard who has it. */
  isServed = false
  private readonly wave: Wave
  private penalties = new Map<string, Instant>()

  constructor(context: TenuresContext) {
    this.context = context
    this.wave = new Wave(context)
  }

  reset(): void {
    this.tenures.clear()
  }

  /** All groups are to be looked at anew. */
  begin(): void {
    this.isServed = true
    this.wave.begin()
  }

  /** Whether one more group may be given to a node now, or asked back from one that could as well go on; if so, it counts. */
  mayMove(how: 'give' | 'ask'): boolean {
    return this.wave.take(how)
  }

  failedLately(group: GroupId, now: Instant): ReadonlySet<NodeId> {
    if (this.penalties.size === 0) return NOBODY
    const { nodes } = this.context.state().spec
    return new Set(nodes.map(({ id }) => id).filter((node) => (this.penalties.get(`${group} ${node}`) ?? -Infinity) > now))
  }

  /** When the next node will be forgiven. */
  nextForgiven(now: Instant): Instant {
    let next = Infinity
    for (const until of this.penalties.values()) if (until > now) next = Math.min(next, until)
    return next
  }

  holderState(spec: GroupSpec, now: Instant): HolderState {
    const group = spec.id
    const { peers, promises, raft, state } = this.context
    const { leaseMs } = state().spec.timing
    const current = raft.view.log.latest.get(group)
    if (current === undefined || current.node === null) return NO_HOLDER
    const { node } = current
    const view = peers.get(node)
    const heard = view !== undefined && now - view.heardAt < leaseMs
    const released = promises.isReleased(group, current.epoch, node)
    const holding = view && ofGroup(view.beat.holds, group).find(({ epoch }) => epoch === current.epoch)
    const tenure = this.tenureOf(group, current.epoch, holding?.state, now)
    const isIdle = heard && holding?.state !== 'active'
    this.noteProgress(tenure, { released, isIdle }, now)
    const isOverdue = isIdle && this.isLate(spec, tenure, now)
    const lettingGo = holding === undefined ? isOverdue : !isListed(holding)
    const stalled = isOverdue && !lettingGo
    if (isOverdue || released) this.blame(group, node, tenure, isOverdue, now)
    return { released, heard, lettingGo, stalled, wasAsked: tenure.askedAt !== null }
  }

  private noteProgress(
    { askedAt, wasActive, at }: Tenure,
    { released, isIdle }: { released: boolean; isIdle: boolean },
    now: Instant,
  ): void {
    if (released || isIdle) this.isServed = false
    const onTheWaySince = askedAt ?? (wasActive ? -Infinity : at)
    if (!released && now - onTheWaySince < this.context.state().spec.timing.leaseMs) this.wave.count()
  }

  /**
   * Another configuration may bring other endpoints: the holder has as long for them as for those of a new assignment, once what the service
   * was before may have taken its time to stop.
   */
  private isLate(group: GroupSpec, tenure: Tenure, now: Instant): boolean {
    const { spec, suspects } = this.context.state()
    const { leaseMs } = spec.timing
    const patienceMs = STALL_LEASES * leaseMs + serviceMsOf(group).startMs
    if (suspects?.[group.id] !== undefined) {
      tenure.fencedUntil = now
      return now - tenure.at > patienceMs + fenceMsOf(spec, group)
    }
    const configured = this.context.configured()
    const changedAt = configured === null ? -Infinity : configured.at + (configured.stopMs.get(group.id) ?? 0)
    return now - Math.max(tenure.at, tenure.fencedUntil, changedAt) > patienceMs
  }

  /** A node that could not bring the group up, or gave up by itself, is passed over for a while; a move to it has failed. */
  private blame(group: GroupId, node: NodeId, tenure: Tenure, isOverdue: boolean, now: Instant): void {
    if (tenure.wasActive || !(isOverdue || (tenure.wasTried && tenure.askedAt === null))) return
    this.penalties.set(`${group} ${node}`, now + PENALTY_LEASES * this.context.state().spec.timing.leaseMs)
    this.context.onFailure(node, group)
  }

  private tenureOf(group: GroupId, epoch: Epoch, state: HoldingState | undefined, now: Instant): Tenure {
    const known = this.tenures.get(group)
    const tenure =
      known?.epoch === epoch ? known : { epoch, at: now, fencedUntil: -Infinity, wasTried: false, wasActive: false, askedAt: null }
    this.tenures.set(group, tenure)
    tenure.wasActive ||= state === 'active'
    tenure.wasTried ||= state === 'claiming'
    if (this.context.isAsked(group, epoch)) tenure.askedAt ??= now
    return tenure
  }
}

/** How long what a configuration has changed of services may take to stop, by group. */
export function stopsBetween(before: ClusterSpec, after: ClusterSpec): ReadonlyMap<GroupId, number> {
  if (before === after) return new Map()
  const old = new Map(before.groups.map((group) => [group.id, group]))
  return new Map(
    after.groups.flatMap((group): [GroupId, number][] => {
      const was = old.get(group.id)
      return was === undefined || canonical(was.service) === canonical(group.service) ? [] : [[group.id, serviceMsOf(was).stopMs]]
    }),
  )
}
