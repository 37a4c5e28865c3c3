import type { Assignment, ClusterState, Epoch, GroupId, Instant, MovePhases } from '../model/index.ts'
import type { Peers } from './peers.ts'

interface Urge {
  readonly epoch: Epoch
  readonly at: Instant
  readonly detectMs: number
  /** Since when it could go: its holder has let it go, or no promise runs any more; null: it could not so far. */
  freeAt: Instant | null
  readonly hasHolder: boolean
}

/** A cause is kept in the log and in the list of moves of every node: what checks have to say may be long. */
const CAUSE_MAX = 1024

export interface UrgesContext {
  readonly peers: Peers
  readonly state: () => ClusterState
  /** The wall clock at that moment, for people; null: not known. */
  readonly wallClock: (now: Instant) => number | null
}

/**
 * Which groups this coordinator wants to move, and since when: a move may have to wait for its holder, or for promises. It is remembered for
 * people alone, and so only by a node that was told the wall clock.
 */
export class Urges {
  private readonly context: UrgesContext
  private readonly urges = new Map<GroupId, Urge>()

  constructor(context: UrgesContext) {
    this.context = context
  }

  /** What was decided of a group at this moment: to leave it with its holder, or not. */
  note(group: GroupId, stays: boolean, current: Assignment | undefined, now: Instant): void {
    const epoch = current?.epoch ?? 0
    if (stays || this.context.wallClock(now) === null) this.urges.delete(group)
    else if (this.urges.get(group)?.epoch !== epoch) {
      const hasHolder = (current?.node ?? null) !== null
      this.urges.set(group, { epoch, at: now, detectMs: this.silentMs(current, now), freeAt: null, hasHolder })
    }
  }

  /** Nothing keeps the group from going elsewhere any more. */
  free(group: GroupId, now: Instant): void {
    const urge = this.urges.get(group)
    if (urge !== undefined) urge.freeAt ??= now
  }

  /** What the entry of a move tells people: why it was made, when, and how long it took until then. */
  told(group: GroupId, why: string, now: Instant): { readonly cause: string; readonly at?: number; readonly phases?: MovePhases } {
    const at = this.context.wallClock(now)
    const urge = this.urges.get(group)
    const phases = urge && phasesOf(urge, now)
    return { cause: why.slice(0, CAUSE_MAX), ...(at === null ? {} : { at }), ...(phases === undefined ? {} : { phases }) }
  }

  clear(): void {
    this.urges.clear()
  }

  /** How long a holder that counts as gone has not been heard; 0 for one that is alive. */
  private silentMs(current: Assignment | undefined, now: Instant): number {
    const { peers, state } = this.context
    const holder = current?.node ?? null
    const view = holder === null ? undefined : peers.get(holder)
    return view === undefined || now - view.heardAt < state().spec.timing.leaseMs ? 0 : now - view.heardAt
  }
}

function phasesOf({ at, detectMs, freeAt, hasHolder }: Urge, now: Instant): MovePhases {
  const stopMs = hasHolder ? Math.round((freeAt ?? now) - at) : 0
  return { detectMs: Math.round(detectMs), decideMs: Math.round(now - at) - stopMs, ...(hasHolder ? { stopMs } : {}) }
}
