import type { Assignment, Epoch, GroupId, Instant, NodeId, RunningPromise, Timing } from '../model/index.ts'
import { promiseEnd } from './arithmetic.ts'

interface Promised extends RunningPromise {
  until: Instant
}

/** "Released g at epoch e", said by the node that held it: final. */
export interface ReleaseWord {
  readonly group: GroupId
  readonly epoch: Epoch
  readonly node: NodeId
}

/**
 * A voter's side of leases (DESIGN §2.4): what it has promised, in memory, and which words of release it has heard.
 */
export class Promises {
  private byGroup = new Map<GroupId, Promised[]>()
  private released = new Map<GroupId, ReleaseWord[]>()
  /** What runs, as it was told last; null: that has changed since. */
  private told: readonly RunningPromise[] | null = null
  /** No promise ends before that; the first may end later, as promises are prolonged. */
  noneEndsBefore: Instant = Infinity
  /** Until then nothing is taken from whom the log names: an earlier life may have promised it. */
  readonly restartUntil: Instant

  constructor(startedAt: Instant, longestLeaseMs: number, timing: Timing) {
    this.restartUntil = promiseEnd(startedAt, longestLeaseMs, timing)
  }

  /** Promises (g, e) to `node` until the end that a beat heard at `now` buys. A promise never gets shorter. */
  make(promise: RunningPromise, now: Instant, leaseMs: number, timing: Timing): void {
    const until = promiseEnd(now, leaseMs, timing)
    const all = this.byGroup.get(promise.group) ?? []
    const known = all.find((other) => other.node === promise.node && other.epoch === promise.epoch)
    if (known !== undefined) {
      known.until = Math.max(known.until, until)
      return
    }
    this.byGroup.set(promise.group, [...all, { ...promise, until }])
    this.noneEndsBefore = Math.min(this.noneEndsBefore, until)
    this.told = null
  }

  /** A word of release was heard: promises of that epoch, and of no other, are void. True: it was news. */
  release(word: ReleaseWord): boolean {
    if (this.isReleased(word.group, word.epoch, word.node)) return false
    this.released.set(word.group, [...(this.released.get(word.group) ?? []), word])
    const left = (this.byGroup.get(word.group) ?? []).filter((other) => other.node !== word.node || other.epoch !== word.epoch)
    this.byGroup.set(word.group, left)
    this.told = null
    return true
  }
  isReleased(group: GroupId, epoch: Epoch, node: NodeId): boolean {
    return this.released.get(group)?.some((word) => word.epoch === epoch && word.node === node) ?? false
  }
  /** Words about epochs before the applied one are of no use any more. */
  forgetReleasesBefore(group: GroupId, epoch: Epoch): void {
    const words = this.released.get(group)
    if (words === undefined) return
    const left = words.filter((word) => word.epoch >= epoch)
    if (left.length === 0) this.released.delete(group)
    else if (left.length < words.length) this.released.set(group, left)
  }

  /**
   * May an entry give `group` to `to`, where the log before it says `before`? null: yes. Else: not before then.
   * A running promise binds against everybody else; a restarted voter takes from nobody for the longest lease there was.
   */
  refusesUntil(group: GroupId, to: NodeId | null, before: Assignment | undefined, now: Instant): Instant | null {
    let until = -Infinity
    for (const promise of this.byGroup.get(group) ?? []) if (promise.node !== to) until = Math.max(until, promise.until)
    const holder = before?.node ?? null
    const takes = holder !== null && holder !== to && !this.isReleased(group, before?.epoch ?? 0, holder)
    if (takes) until = Math.max(until, this.restartUntil)
    return until > now ? until : null
  }

  /** Drops what has ended. True: something had. */
  expire(now: Instant): boolean {
    if (now < this.noneEndsBefore) return false
    let ended = false
    for (const [group, all] of this.byGroup) {
      const left = all.filter((promise) => promise.until > now)
      if (left.length === all.length) continue
      ended = true
      if (left.length === 0) this.byGroup.delete(group)
      else this.byGroup.set(group, left)
    }
    this.noneEndsBefore = this.nextEnd()
    if (ended) this.told = null
    return ended
  }
  /** The same object for as long as it is the same. */
  running(): readonly RunningPromise[] {
    this.told ??= [...this.byGroup.values()].flat().map(({ group, node, epoch }) => ({ group, node, epoch }))
    return this.told
  }
  private nextEnd(): Instant {
    let next = Infinity
    for (const all of this.byGroup.values()) for (const { until } of all) next = Math.min(next, until)
    return next
  }
}
