/** Every outage of a client over a floor, found while the record comes in and is forgotten. Pure. */
import type { Answer, ClientRecord } from '../analysis/record.ts'
import type { Window } from '../analysis/outage.ts'

export interface ClientOutage extends Window {
  readonly lengthMs: number
  /** Who answered last before it, and who first after it; null: nobody so far. */
  readonly before: string | null
  readonly after: string | null
}

/** A client that did not ask for so many pitches slept. */
const ASLEEP_PITCHES = 5

/** As in analysis/outage.ts: from the first question after the last answer; time in which the client itself slept does not count. */
export class OutageWatch {
  asked = 0
  answered = 0
  /** How long the client itself slept. */
  asleepMs = 0
  private readonly floorMs: number
  private readonly asleepAfterMs: number
  private lastSend = Number.NEGATIVE_INFINITY
  private lastAnswer = Number.NEGATIVE_INFINITY
  private waitingSince: number | null = null
  private asleepHereMs = 0
  private by: string | null = null

  constructor(options: { readonly floorMs: number; readonly pitchMs: number }) {
    this.floorMs = options.floorMs
    this.asleepAfterMs = options.pitchMs * ASLEEP_PITCHES
  }

  /** Who answered last. */
  get server(): string | null {
    return this.by
  }

  /** Takes in what is new in the record and returns the outages that ended in it. */
  feed({ sends, answers }: ClientRecord): readonly ClientOutage[] {
    const outages: ClientOutage[] = []
    const freshSends = sends.filter((at) => at > this.lastSend)
    let next = 0
    for (const answer of answers.filter(({ receivedAt }) => receivedAt > this.lastAnswer)) {
      while ((freshSends[next] ?? Number.POSITIVE_INFINITY) <= answer.receivedAt) this.onSend(freshSends[next++] ?? 0)
      const ended = this.onAnswer(answer)
      if (ended !== null) outages.push(ended)
    }
    for (const at of freshSends.slice(next)) this.onSend(at)
    return outages
  }

  /** The outage that had not ended when the record did; null: none over the floor. */
  running(): ClientOutage | null {
    return this.outageTo(this.lastSend, null)
  }

  private onSend(at: number): void {
    this.asked++
    const pauseMs = at - this.lastSend
    if (pauseMs > this.asleepAfterMs && Number.isFinite(pauseMs)) {
      this.asleepMs += pauseMs
      if (this.waitingSince !== null) this.asleepHereMs += pauseMs
    }
    this.lastSend = at
    this.waitingSince ??= at
  }

  private onAnswer({ receivedAt, by }: Answer): ClientOutage | null {
    this.answered++
    const outage = this.outageTo(receivedAt, by)
    this.lastAnswer = receivedAt
    this.waitingSince = null
    this.asleepHereMs = 0
    this.by = by
    return outage
  }

  private outageTo(to: number, after: string | null): ClientOutage | null {
    if (this.waitingSince === null) return null
    const lengthMs = to - this.waitingSince - this.asleepHereMs
    return lengthMs <= this.floorMs ? null : { from: this.waitingSince, to, lengthMs, before: this.by, after }
  }
}
