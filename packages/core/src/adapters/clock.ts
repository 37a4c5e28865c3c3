import { uptime } from 'node:os'
import { performance } from 'node:perf_hooks'
import type { Instant } from '../model/index.ts'
import type { Clock } from '../ports.ts'

/** The wall clock moves against Node's monotonic clock when the machine was suspended, or when somebody set it. */
const wallJumpMs = 50
/** The time since boot is told in steps of 10 ms; a smaller difference means nothing. */
const suspendMs = 30
/** Told to wait for longer, a timer of Node fires at once. */
const timerMsMax = 2 ** 31 - 1

/**
 * This machine's monotonic clock. A suspend of the machine counts: the leases of others ran on meanwhile. Node's own clock stands still then,
 * the time since boot does not. Reading that costs a file, so the wall clock tells when to look; nothing else depends on the wall clock.
 */
export function createClock(): Clock {
  const bootAheadMs = (): number => uptime() * 1000 - performance.now()
  const wallAheadMs = (): number => Date.now() - performance.now()
  let bootReference = bootAheadMs()
  let wallReference = wallAheadMs()
  let suspendedMs = 0

  const now = (): Instant => {
    const wall = wallAheadMs()
    if (Math.abs(wall - wallReference) > wallJumpMs) {
      wallReference = wall
      const jumpMs = bootAheadMs() - bootReference
      if (jumpMs > suspendMs) {
        suspendedMs += jumpMs
        bootReference += jumpMs
      }
    }
    return performance.now() + suspendedMs
  }

  const at = (instant: Instant, callback: () => void): (() => void) => {
    let timer: NodeJS.Timeout
    const arm = (): void => {
      timer = setTimeout(fire, Math.min(Math.max(0, Math.ceil(instant - now())), timerMsMax))
    }
    // Node's timers count whole milliseconds and may fire a fraction early; what is far away is approached in several.
    const fire = (): void => (now() >= instant ? callback() : arm())
    arm()
    return () => clearTimeout(timer)
  }

  return { now, at }
}
