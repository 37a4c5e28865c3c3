import type { Echo, Epoch, GroupId, Incarnation, Instant, NodeId } from '../model/index.ts'
import { leaseEnd } from './arithmetic.ts'

/** The groups that a beat lists, each under its epoch. */
type Listing = ReadonlyMap<GroupId, Epoch>

/** What one own beat said, kept until its echoes are worth nothing. */
interface OwnBeat {
  /** Its name: grows from beat to beat even where the clock does not. */
  readonly sentAt: Instant
  /** What the clock showed when it was made: leases count from here. */
  readonly madeAt: Instant
  readonly leaseMs: number
  readonly voters: readonly NodeId[]
  readonly listed: Listing
}

/** One own beat as a voter echoed it: it supports what that listed, and the voter did not deny, until then. */
interface Echoed {
  readonly listed: Listing
  readonly denied: ReadonlySet<GroupId>
  readonly end: Instant
}

/** What voters echoed, counted in one voter set. */
interface Count {
  readonly voters: readonly NodeId[]
  /** Of each voter what supports something that nothing newer does, the newest first. */
  readonly ends: Map<NodeId, readonly Echoed[]>
}

/** A holder's side of leases (DESIGN §2.3): which of its beats were echoed, and how long that lets it serve. */
export class Leases {
  private readonly self: NodeId
  private readonly incarnation: Incarnation
  private beats: OwnBeat[] = []
  private counts: Count[] = []

  constructor(self: NodeId, incarnation: Incarnation) {
    this.self = self
    this.incarnation = incarnation
  }

  /** What the newest beat listed: a beat that lists the same has the very same object, which needs no comparing. */
  get listed(): Listing {
    return this.beats.at(-1)?.listed ?? new Map()
  }

  /** Remembers what a beat listed; only that can be echoed. What ends before it supports nothing any more. */
  sent(beat: OwnBeat): void {
    this.beats = this.beats.filter((old) => old.madeAt + old.leaseMs > beat.madeAt)
    this.beats.push(beat)
    for (const { ends } of this.counts)
      for (const [voter, echoes] of ends) if (echoes.some(({ end }) => end <= beat.madeAt)) forgetUntil(ends, voter, beat.madeAt)
    this.counts = this.counts.filter(({ ends }) => ends.size > 0)
  }

  /** Counts a voter's echo: only of a beat of this life, only groups that beat listed and the voter did not deny. */
  heard(voter: NodeId, echo: Echo): void {
    if (echo.node !== this.self || !isSame(echo.incarnation, this.incarnation)) return
    const beat = this.beats.find((own) => own.sentAt === echo.sentAt)
    if (beat === undefined || !beat.voters.includes(voter)) return
    const { ends } = this.countOf(beat.voters)
    const fresh: Echoed = { listed: beat.listed, denied: new Set(echo.denied), end: beat.madeAt + beat.leaseMs }
    const known = ends.get(voter) ?? []
    if (known.some((other) => supersedes(other, fresh))) return
    const left = known.filter((other) => !supersedes(fresh, other))
    ends.set(
      voter,
      [...left, fresh].toSorted((one, other) => other.end - one.end),
    )
  }

  /**
   * Ends of this node's leases, by what is counted at this moment: each is -Infinity where there never was one. To be asked for very many
   * groups at once, and not kept.
   */
  reckon(): (group: GroupId, epoch: Epoch) => Instant {
    const reckonings = this.counts.map(reckoningOf)
    return (group, epoch) => {
      let end = -Infinity
      for (const endOf of reckonings) end = Math.max(end, endOf(group, epoch))
      return end
    }
  }

  /** A lease is counted in the voter set that the echoed beat named, and in no mixture of two. */
  private countOf(voters: readonly NodeId[]): Count {
    const known = this.counts.find((count) => isSameSet(count.voters, voters))
    if (known !== undefined) return known
    const count: Count = { voters, ends: new Map() }
    this.counts.push(count)
    return count
  }
}

function forgetUntil(ends: Map<NodeId, readonly Echoed[]>, voter: NodeId, now: Instant): void {
  const left = ends.get(voter)?.filter(({ end }) => end > now) ?? []
  if (left.length === 0) ends.delete(voter)
  else ends.set(voter, left)
}

/** Whatever `other` supports, `one` supports for as long. */
function supersedes(one: Echoed, other: Echoed): boolean {
  const deniesNoMore = one.denied.size <= other.denied.size && [...one.denied].every((group) => other.denied.has(group))
  return one.end >= other.end && deniesNoMore && isSameListing(one.listed, other.listed)
}

function reckoningOf({ voters, ends }: Count): (group: GroupId, epoch: Epoch) => Instant {
  const echoes = voters.map((voter) => ends.get(voter) ?? [])
  const [first, ...others] = echoes.flat()
  // At rest all voters have echoed the same of everything: that is counted once.
  const isAlike = others.every(({ listed, denied }) => listed === first?.listed && denied.size === 0)
  if (first === undefined || first.denied.size > 0 || !isAlike)
    return (group, epoch) => leaseEnd(echoes.map((ofVoter) => supportedBy(ofVoter, group, epoch)))
  const end = leaseEnd(echoes.map(([newest]) => newest?.end ?? -Infinity))
  return (group, epoch) => (first.listed.get(group) === epoch ? end : -Infinity)
}

/** Until when one voter's newest echo of it supports (g, e). */
function supportedBy(echoes: readonly Echoed[], group: GroupId, epoch: Epoch): Instant {
  return echoes.find(({ listed, denied }) => listed.get(group) === epoch && !denied.has(group))?.end ?? -Infinity
}

function isSameListing(one: Listing, other: Listing): boolean {
  return one === other || (one.size === other.size && [...one].every(([group, epoch]) => other.get(group) === epoch))
}

export function isSame(a: Incarnation, b: Incarnation): boolean {
  return a.dataId === b.dataId && a.generation === b.generation
}

/** Both are sorted. */
export function isSameSet(a: readonly NodeId[], b: readonly NodeId[]): boolean {
  return a.length === b.length && a.every((node, position) => node === b[position])
}
