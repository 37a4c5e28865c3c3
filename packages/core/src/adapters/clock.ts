import { uptime } from 'node:os'
import { performance } from 'node:perf_hooks'
import type { Instant } from '../model/index.ts'
import type { Clock } from '../ports.ts'

/** How often the time since boot, which counts suspends, is compared with the time that Node shows, which does not. */
const compareEveryMs = 10
/** The time since boot is told in steps of 10 ms; a smaller difference means nothing. */
const suspendMs = 100

/** This machine's monotonic clock. A suspend of the machine counts: the leases of others ran on meanwhile. */
export function createClock(): Clock {
  const aheadMs = (): number => uptime() * 1000 - performance.now()
  let reference = aheadMs()
  let comparedAt = performance.now()
  let suspendedMs = 0

  const now = (): Instant => {
    const running = performance.now()
    if (running - comparedAt >= compareEveryMs) {
      comparedAt = running
      const jumpMs = aheadMs() - reference
      if (jumpMs > suspendMs) {
        suspendedMs += jumpMs
        reference += jumpMs
      }
    }
    return running + suspendedMs
  }

  const at = (instant: Instant, callback: () => void): (() => void) => {
    let timer: NodeJS.Timeout
    const arm = (): void => {
      timer = setTimeout(fire, Math.max(0, Math.ceil(instant - now())))
    }
    // Node's timers count whole milliseconds and may fire a fraction early.
    const fire = (): void => (now() >= instant ? callback() : arm())
    arm()
    return () => clearTimeout(timer)
  }

  return { now, at }
}
