import { setTimeout as sleep } from 'node:timers/promises'
import { BackendError } from '../backend.ts'
import type { Clock, Epoch, Instant } from '../backend.ts'

/** Within what a cloud may be asked. */
export interface Budget {
  /** Nothing is begun after it, on this node's own clock. `-Infinity`: a look that needs no lease, with one attempt. */
  readonly until: Instant
  readonly signal: AbortSignal
}

/** The same, while an endpoint is claimed. */
export interface Claiming extends Budget {
  readonly epoch: Epoch
}

const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 1000

/** What a failure is to whoever may ask again. */
export interface Failure {
  /** Another attempt may end otherwise. */
  readonly isPassing: boolean
  /** How long to wait, as the service says; null: it does not. */
  readonly retryAfterMs: number | null
}

export interface Asking<Output> {
  readonly clock: Clock
  /** Asks once, within a time of its own. */
  readonly once: () => Promise<Output>
  readonly failureOf: (error: unknown) => Failure
}

/** Asks until there is an answer that another attempt would not change, or the budget is used up. Only for what may be done twice. */
export async function askWithin<Output>({ clock, once, failureOf }: Asking<Output>, { until, signal }: Budget): Promise<Output> {
  for (let attempt = 0, failed: Error | undefined; ; attempt += 1) {
    // The process may have been frozen on its way here.
    if (until !== -Infinity && clock.now() >= until) throw failed ?? lapsed()
    try {
      return await once()
    } catch (error) {
      const { isPassing, retryAfterMs } = failureOf(error)
      const pauseMs = retryAfterMs ?? grownPause(attempt)
      if (!isPassing || signal.aborted || clock.now() + pauseMs >= until) throw error
      await sleep(pauseMs, undefined, { signal })
      failed = error instanceof Error ? error : new Error(String(error))
    }
  }
}

/** Throws `BackendError` once the budget is used up: a process that was frozen on its way begins nothing any more. */
export function refuseLapsed(clock: Clock, { until }: Budget): void {
  if (until !== -Infinity && clock.now() >= until) throw lapsed()
}

const lapsed = (): BackendError =>
  new BackendError('LAPSED', 'the lease ended before the cloud was asked', 'none: movip claims again under a new lease')

/** Jittered, so that many nodes do not come together. */
function grownPause(attempt: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt) * (0.5 + Math.random() / 2)
}
