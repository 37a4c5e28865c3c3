import type { Clock, Instant } from '../backend.ts'
import type { Standing } from './control.ts'

/** So many of the regular looks in a row may tell nothing. */
const looksMax = 3

/** What should run, and of which nobody can tell for too long whether it does, has failed: a look that hangs would else be health for ever. */
export class Patience {
  private readonly clock: Pick<Clock, 'now'>
  /** What is on its way from one state to another may take so long. */
  private readonly passingMs: number
  private looks = 0
  private since: Instant = Infinity

  constructor(clock: Pick<Clock, 'now'>, passingMs: number) {
    this.clock = clock
    this.passingMs = passingMs
  }

  /** One of the regular looks. */
  note({ state }: Standing): void {
    if (state !== 'unknown') return this.renew()
    this.looks += 1
    this.since = Math.min(this.since, this.clock.now())
  }

  /** The same, or `failed` where it was unknown for too long. */
  judge(standing: Standing): Standing {
    if (standing.state !== 'unknown') return standing
    const isOver = standing.isPassing === true ? this.clock.now() - this.since >= this.passingMs : this.looks >= looksMax
    return isOver ? { state: 'failed', why: `nobody could tell, ${this.looks} looks in a row: ${standing.why}` } : standing
  }

  renew(): void {
    this.looks = 0
    this.since = Infinity
  }
}
