import type { ClusterState } from '../model/index.ts'
import type { Peers } from './peers.ts'

export interface WaveContext {
  readonly peers: Peers
  readonly state: () => ClusterState
}

/**
 * So many groups are brought up at once, in the whole cluster: each costs its new holder work and every node some, and beats are to be heard
 * in between. One that has not come up within a lease is not waited for.
 */
export const AT_ONCE = 256
/** Where nodes have been late for so much of a lease, they are spared: */
const LATE_LEASES = 1 / 10
export const AT_ONCE_WHERE_LATE = 64
/**
 * This part of it is asked back at once from holders that could go on: each serves until its turn comes. One that finds itself unfit, and
 * whom an operator moves, does not wait for these.
 */
const ASKED_PART = 1 / 4

/** How many groups may be on their way from one holder to the next at the same time. */
export class Wave {
  private readonly context: WaveContext
  private atOnce = AT_ONCE
  private onTheWay = 0

  constructor(context: WaveContext) {
    this.context = context
  }

  /** All groups are looked at anew. */
  begin(): void {
    const { peers, state } = this.context
    const limitMs = LATE_LEASES * state().spec.timing.leaseMs
    const isLate = [...peers.all()].some(({ beat }) => beat.report.latenessMs > limitMs)
    this.atOnce = isLate ? AT_ONCE_WHERE_LATE : AT_ONCE
    this.onTheWay = 0
  }

  /** One group is on its way. */
  count(): void {
    this.onTheWay += 1
  }

  /** Whether one more may be; if so, it is. */
  take(how: 'give' | 'ask'): boolean {
    if (this.onTheWay >= (how === 'give' ? this.atOnce : this.atOnce * ASKED_PART)) return false
    this.onTheWay += 1
    return true
  }
}
