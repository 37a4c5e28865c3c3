import type { Clock } from '../ports.ts'

/** The wall clock may be set while the daemon runs; so often it is looked at. */
const everyMs = 10_000

/** Tells how far the wall clock is ahead of the daemon's own, at once and from time to time. Returns how to end that. */
export function watchWallClock(clock: Clock, tell: (aheadMs: number) => void): () => void {
  const look = (): void => tell(Date.now() - clock.now())
  look()
  const timer = setInterval(look, everyMs)
  timer.unref()
  return () => clearInterval(timer)
}
