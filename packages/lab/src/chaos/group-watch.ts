/** What client and observer of one group have shown so far. */
import { evidenceOfAnswers, evidenceOfSightings } from '../analysis/holders.ts'
import type { WatchedGroup } from './arena.ts'
import { DualWatch } from './dual-watch.ts'
import type { ClientOutage } from './outage-watch.ts'
import { OutageWatch } from './outage-watch.ts'

/** The record is kept for longer than it is judged by, for what comes late. */
const KEPT_MS = 8000
const JUDGED_MS = 6000

export class GroupWatch {
  readonly name: string
  readonly outages: OutageWatch
  readonly answers = new DualWatch()
  readonly wire = new DualWatch()
  private readonly group: WatchedGroup

  constructor(group: WatchedGroup, floorMs: number) {
    this.name = group.name
    this.group = group
    this.outages = new OutageWatch({ floorMs, pitchMs: group.client.pitchMs })
  }

  /** The outages that have ended since the last look. */
  look(now: number): readonly ClientOutage[] {
    return this.outages.feed(this.group.client.since(now - KEPT_MS))
  }

  /** To be called at least every second. */
  lookForTwo(now: number): void {
    const { client, observer } = this.group
    this.answers.feed(evidenceOfAnswers(client.since(now - JUDGED_MS).answers))
    this.wire.feed(evidenceOfSightings(observer.sightings(now - JUDGED_MS)))
    client.forget(now - KEPT_MS)
    observer.forget(now - KEPT_MS)
  }

  /** Whether anybody answered lately. */
  isServed(now: number, withinMs: number): boolean {
    return this.group.client.since(now - withinMs).answers.length > 0
  }

  /** Frames that the observer missed. */
  lost(): number {
    return this.group.observer.lost()
  }
}
