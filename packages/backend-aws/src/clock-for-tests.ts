import type { Clock } from '@movip/core/backend'

/** A clock that a test moves. */
export interface HandClock extends Clock {
  /** Lets time pass: all that is due happens in its order, with room in between for what it sets off. */
  pass(ms: number): Promise<void>
}

export function createHandClock(): HandClock {
  let now = 1000
  const due = new Set<{ readonly at: number; readonly callback: () => void }>()
  return {
    now: () => now,
    at(at, callback) {
      const entry = { at, callback }
      due.add(entry)
      return () => void due.delete(entry)
    },
    async pass(ms) {
      const end = now + ms
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve))
        const next = [...due].toSorted((a, b) => a.at - b.at)[0]
        if (next === undefined || next.at > end) break
        due.delete(next)
        now = Math.max(now, next.at)
        next.callback()
      }
      now = end
    },
  }
}
