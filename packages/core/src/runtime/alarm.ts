import type { Instant } from '../model/index.ts'
import type { Clock } from '../ports.ts'

/** Rings once at its time, which may be moved about. */
export interface Alarm {
  set(at: Instant): void
  cancel(): void
}

/** One timer that is moved about. */
export function createAlarm(clock: Clock, ring: () => void): Alarm {
  let cancel = (): void => undefined
  let armedFor = Infinity
  let target = Infinity
  const arm = (): void => {
    armedFor = target
    cancel = clock.at(target, () => {
      armedFor = Infinity
      // Moved to later meanwhile, as by every beat: a timer that is left to ring costs less than one that is set anew each time.
      if (clock.now() < target) return arm()
      return ring()
    })
  }
  return {
    set(at) {
      target = at
      if (armedFor <= at) return
      cancel()
      arm()
    },
    cancel: () => cancel(),
  }
}
