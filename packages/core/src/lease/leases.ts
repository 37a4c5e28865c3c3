import type { Echo, Epoch, GroupId, Incarnation, Instant, NodeId } from '../model/index.ts'
import { leaseEnd } from './arithmetic.ts'

/** What one own beat said, kept until its echoes are worth nothing. */
interface OwnBeat {
  /** Its name: grows from beat to beat even where the clock does not. */
  readonly sentAt: Instant
  /** What the clock showed when it was made: leases count from here. */
  readonly madeAt: Instant
  readonly leaseMs: number
  readonly voters: readonly NodeId[]
  readonly listed: ReadonlyMap<GroupId, Epoch>
}

/** What voters echoed for one (group, epoch), counted in one voter set. */
interface Count {
  readonly epoch: Epoch
  readonly voters: readonly NodeId[]
  /** Lease end that the newest counted echo of each voter supports. */
  readonly ends: Map<NodeId, Instant>
}

/** A holder's side of leases (DESIGN §2.3): which of its beats were echoed, and how long that lets it serve. */
export class Leases {
  private readonly self: NodeId
  private readonly incarnation: Incarnation
  private beats: OwnBeat[] = []
  private counts = new Map<GroupId, Count[]>()

  constructor(self: NodeId, incarnation: Incarnation) {
    this.self = self
    this.incarnation = incarnation
  }

  /** Remembers what a beat listed; only that can be echoed. */
  sent(beat: OwnBeat): void {
    this.beats = this.beats.filter((old) => old.madeAt + old.leaseMs > beat.madeAt)
    this.beats.push(beat)
  }

  /** Counts a voter's echo: only of a beat of this life, only groups that beat listed and the voter did not deny. */
  heard(voter: NodeId, echo: Echo): void {
    if (echo.node !== this.self || !isSame(echo.incarnation, this.incarnation)) return
    const beat = this.beats.find((own) => own.sentAt === echo.sentAt)
    if (beat === undefined || !beat.voters.includes(voter)) return
    for (const [group, epoch] of beat.listed) {
      if (echo.denied.includes(group)) continue
      const { ends } = this.countOf(group, epoch, beat.voters)
      ends.set(voter, Math.max(ends.get(voter) ?? -Infinity, beat.madeAt + beat.leaseMs))
    }
  }

  /** End of this node's lease on (g, e); -Infinity if it never had one. */
  end(group: GroupId, epoch: Epoch): Instant {
    let end = -Infinity
    for (const count of this.counts.get(group) ?? []) {
      if (count.epoch !== epoch) continue
      end = Math.max(end, leaseEnd(count.voters.map((voter) => count.ends.get(voter) ?? -Infinity)))
    }
    return end
  }

  forget(group: GroupId): void {
    this.counts.delete(group)
  }

  /** A lease is counted in the voter set that the echoed beat named, and in no mixture of two. */
  private countOf(group: GroupId, epoch: Epoch, voters: readonly NodeId[]): Count {
    const all = this.counts.get(group) ?? []
    const known = all.find((count) => count.epoch === epoch && isSameSet(count.voters, voters))
    if (known !== undefined) return known
    const count: Count = { epoch, voters, ends: new Map() }
    this.counts.set(group, [...all.filter((other) => other.epoch === epoch).slice(-2), count])
    return count
  }
}

export function isSame(a: Incarnation, b: Incarnation): boolean {
  return a.dataId === b.dataId && a.generation === b.generation
}

/** Both are sorted. */
export function isSameSet(a: readonly NodeId[], b: readonly NodeId[]): boolean {
  return a.length === b.length && a.every((node, position) => node === b[position])
}
