import type { Clock } from '../backend.ts'

/** After a move, and whenever somebody is back, a late call may land: for so long it is looked often. */
const ALERT_MS = 30_000
const ALERT_EVERY_MS = 500
/** Else seldom: every look is a call. Jittered, so that many holders do not come together. */
const CALM_EVERY_MS = 15_000
const CALM_JITTER_MS = 5000

/** Looks again and again at what somebody else may change. */
export class Watch {
  private readonly clock: Clock
  private readonly look: () => Promise<void>
  private cancel: () => void = () => undefined
  private isOn = false
  private alertUntil = -Infinity

  constructor(clock: Clock, look: () => Promise<void>) {
    this.clock = clock
    this.look = look
  }

  /** From now on, and often to begin with. */
  start(): void {
    this.stop()
    this.isOn = true
    this.alertUntil = this.clock.now() + ALERT_MS
    this.plan()
  }

  stop(): void {
    this.cancel()
    this.isOn = false
  }

  private plan(): void {
    if (!this.isOn) return
    const now = this.clock.now()
    const afterMs = now < this.alertUntil ? ALERT_EVERY_MS : CALM_EVERY_MS + Math.random() * CALM_JITTER_MS
    this.cancel = this.clock.at(now + afterMs, () => void this.turn())
  }

  /** The next look is planned when this one has ended, however it ends: what cannot be seen is looked for again. */
  private async turn(): Promise<void> {
    await this.look().catch(() => undefined)
    this.plan()
  }
}
