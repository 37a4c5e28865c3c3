import { EC2Client } from '@aws-sdk/client-ec2'
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers'
import type { Clock } from '@movip/core/backend'
import { askWithin } from '@movip/core/leading'
import type { Budget, Failure } from '@movip/core/leading'
import { kindOf, NoAnswer } from './faults.ts'

/** Who asks, and where. */
export interface Access {
  readonly region: string
  /** A role to take on for this, in this account or another. */
  readonly role?: string | undefined
}

/** One attempt may take so long: what has not been answered by then may still land, and is asked about. */
const ATTEMPT_MS = 800
const CONNECT_MS = 400

/** Where to look when somebody else changes the same. */
export const CLOUD_TRAIL = 'see in CloudTrail who else changes it; movip tries again'

/** Sends one command; it ends with the signal. */
export type Send<Output> = (client: EC2Client, options: { readonly abortSignal: AbortSignal }) => Promise<Output>

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
  ask<Output>(send: Send<Output>, budget: Budget): Promise<Output> {
    return askWithin({ clock: this.clock, once: () => this.once(send, budget.signal), failureOf }, budget)
  }

  close(): void {
    this.client.destroy()
  }
}

function failureOf(error: unknown): Failure {
  const kind = kindOf(error)
  return { isPassing: kind === 'throttled' || kind === 'unreachable' || kind === 'failing', retryAfterMs: retryAfterMs(error) }
}

function retryAfterMs(error: unknown): number | null {
  if (typeof error !== 'object' || error === null || !('$response' in error)) return null
  const { headers } = error.$response as { readonly headers?: Readonly<Record<string, string>> }
  const seconds = Number(headers?.['retry-after'] ?? Number.NaN)
  return Number.isFinite(seconds) ? seconds * 1000 : null
}
