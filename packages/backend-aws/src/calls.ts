import { setTimeout as sleep } from 'node:timers/promises'
import { EC2Client } from '@aws-sdk/client-ec2'
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers'
import { BackendError } from '@movip/core/backend'
import type { Clock, Instant } from '@movip/core/backend'
import { kindOf, NoAnswer } from './faults.ts'

/** Who asks, and where. */
export interface Access {
  readonly region: string
  /** A role to take on for this, in this account or another. */
  readonly role?: string | undefined
}

/** One attempt may take so long: what has not been answered by then may still land, and is asked about. */
const ATTEMPT_MS = 800
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 1000
const CONNECT_MS = 400

/** Sends one command; it ends with the signal. */
export type Send<Output> = (client: EC2Client, options: { readonly abortSignal: AbortSignal }) => Promise<Output>

export interface Budget {
  /** Nothing is begun after it, on this node's own clock. */
  readonly until: Instant
  readonly signal: AbortSignal
}

/** The control plane of one region, as one principal. Attempts are bounded and repeated here, and not by the SDK, whose defaults have no end. */
export class Calls {
  readonly access: Access
  private readonly client: EC2Client
  private readonly clock: Clock

  constructor(access: Access, clock: Clock) {
    this.access = access
    this.clock = clock
    this.client = new EC2Client({
      region: access.region,
      maxAttempts: 1,
      requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: ATTEMPT_MS, throwOnRequestTimeout: true },
      ...(access.role === undefined
        ? {}
        : {
            credentials: fromTemporaryCredentials({
              params: { RoleArn: access.role, RoleSessionName: 'movip' },
              clientConfig: { region: access.region },
            }),
          }),
    })
  }

  /** Asks once. */
  async once<Output>(send: Send<Output>, signal: AbortSignal): Promise<Output> {
    const attempt = AbortSignal.timeout(ATTEMPT_MS)
    try {
      return await send(this.client, { abortSignal: AbortSignal.any([signal, attempt]) })
    } catch (cause) {
      if (attempt.aborted && !signal.aborted) throw new NoAnswer(ATTEMPT_MS, cause)
      throw cause
    }
  }

  /** Asks until there is an answer that another attempt would not change, or the budget is used up. Only for what may be done twice. */
  async ask<Output>(send: Send<Output>, { until, signal }: Budget): Promise<Output> {
    for (let attempt = 0, failed: Error | undefined; ; attempt += 1) {
      // A look that needs no lease has one attempt. Else the process may have been frozen on its way here.
      if (until !== -Infinity && this.clock.now() >= until) throw failed ?? lapsed()
      try {
        return await this.once(send, signal)
      } catch (error) {
        const pauseMs = pauseAfter(error, attempt)
        if (pauseMs === null || signal.aborted || this.clock.now() + pauseMs >= until) throw error
        await sleep(pauseMs, undefined, { signal })
        failed = error instanceof Error ? error : new Error(String(error))
      }
    }
  }

  close(): void {
    this.client.destroy()
  }
}

const lapsed = (): BackendError =>
  new BackendError('LAPSED', 'the lease ended before AWS was asked', 'none: movip claims again under a new lease')

/** How long to wait before the next attempt; null: another one would end the same way. Jittered, so that many nodes do not come together. */
function pauseAfter(error: unknown, attempt: number): number | null {
  const kind = kindOf(error)
  if (kind !== 'throttled' && kind !== 'unreachable' && kind !== 'failing') return null
  const told = retryAfterMs(error)
  const grown = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt)
  return told ?? grown * (0.5 + Math.random() / 2)
}

function retryAfterMs(error: unknown): number | null {
  if (typeof error !== 'object' || error === null || !('$response' in error)) return null
  const { headers } = error.$response as { readonly headers?: Readonly<Record<string, string>> }
  const seconds = Number(headers?.['retry-after'] ?? Number.NaN)
  return Number.isFinite(seconds) ? seconds * 1000 : null
}
