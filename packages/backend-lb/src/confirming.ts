import type { Clock } from '@movip/core/backend'

/** What a cloud says of its balancer: that it agrees, or in which way it does not. */
export type Verdict = 'confirmed' | { readonly why: string }

export interface Confirming {
  readonly clock: Clock
  /** When it is asked, counted from now, until it agrees. */
  readonly afterMs: readonly number[]
  readonly ask: (signal: AbortSignal) => Promise<Verdict>
  /** Why a question failed. */
  readonly whyFailed: (error: unknown) => string
}

/** Asks a cloud a few times whether its balancer agrees. null: it was called off before it did. */
export async function confirming(
  { clock, afterMs, ask, whyFailed }: Confirming,
  signal: AbortSignal,
): Promise<{ readonly verdict: Verdict; readonly tookMs: number } | null> {
  const from = clock.now()
  let verdict: Verdict = { why: 'it was not asked' }
  for (const after of afterMs) {
    await until(clock, from + after, signal)
    if (signal.aborted) return null
    try {
      verdict = await ask(signal)
    } catch (error) {
      if (signal.aborted) return null
      verdict = { why: whyFailed(error) }
    }
    if (verdict === 'confirmed') break
  }
  return { verdict, tookMs: Math.round(clock.now() - from) }
}

function until(clock: Clock, instant: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.at(instant, resolve)
    const stop = (): void => {
      cancel()
      resolve()
    }
    signal.addEventListener('abort', stop, { once: true })
  })
}
