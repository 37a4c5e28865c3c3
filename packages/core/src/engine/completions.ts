import type { ClusterState, Instant } from '../model/index.ts'
import type { Raft } from '../raft/raft.ts'
import { newsIn } from './move-reports.ts'
import type { Peers } from './peers.ts'

export interface CompletionsContext {
  readonly raft: Raft
  readonly peers: Peers
  readonly state: () => ClusterState
}

/** Where many groups move at once, what their holders tell comes bit by bit, and goes into the log in few entries. */
const PAUSE_LEASES = 1 / 2

/** As coordinator: takes down how moves ended. */
export class Completions {
  private readonly context: CompletionsContext
  private proposedAt: Instant = -Infinity

  constructor(context: CompletionsContext) {
    this.context = context
  }

  /** True: nothing is left to be taken down. */
  run(now: Instant): boolean {
    const { raft, peers, state } = this.context
    const beats = [...peers.all()].map(({ beat }) => beat)
    if (!beats.some(({ report }) => report.moved !== undefined)) return true
    const reports = newsIn(beats, state())
    if (reports.length === 0) return true
    // An entry that was lost with its coordinator is made anew by the next one.
    if (now - this.proposedAt < PAUSE_LEASES * state().spec.timing.leaseMs || this.isUnderWay()) return false
    if (raft.propose({ type: 'moved', reports }, now) !== null) this.proposedAt = now
    return false
  }

  private isUnderWay(): boolean {
    const { log, commit } = this.context.raft.view
    for (let index = commit + 1; index <= log.lastIndex; index += 1) if (log.at(index)?.body.type === 'moved') return true
    return false
  }
}
