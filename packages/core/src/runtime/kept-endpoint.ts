import type { Backend, Duration, Follows } from '../backend.ts'
import { canonical } from '../engine/canonical.ts'
import type { EndpointSpec, Fitness, Instant } from '../model/index.ts'

/** An endpoint of this node's groups with its backend, as far as that could be made. */
export interface Kept {
  readonly spec: EndpointSpec
  /** Changes when the endpoint must be made anew. */
  readonly key: string
  describe: string
  backend: Backend | null
  /** When making it began; null: nothing is under way. */
  makingSince: Instant | null
  /** Why this node cannot hold it: it could not be made, the backend says so, or a look beforehand does. */
  readonly unfit: { making: string | null; backend: string | null; preflight: string | null }
  retryAt: number
}

/** How an endpoint stands on this node, beside what the runner knows. */
export interface KeptStatus {
  readonly describe: string
  /** Why this node could not hold it; null: it could. */
  readonly unfit: string | null
  /** Of a claim that goes well; absent: it takes no time worth telling, or nobody knows. */
  readonly claimTakes?: Duration
  /** It only points at where the traffic is; absent: it carries that itself. */
  readonly follows?: Follows
}

/** Why an endpoint that has just been wanted is unfit. */
const pending = 'not set up yet'
const preflightLimitMs = 5000
/** Making an endpoint that takes longer is no passing moment any more. */
const makingLimitMs = 10_000
const overdue = `not set up after ${makingLimitMs / 1000} s: its backend waits for something that does not answer`

/** What an endpoint is made from: when it changes, the endpoint must be made anew. null: nothing is wanted. */
export function keyOf(spec: EndpointSpec | undefined): string | null {
  return spec ? canonical([spec.id, spec.backend, spec.options]) : null
}

/** An endpoint that is wanted and not yet made. */
export function newlyKept(spec: EndpointSpec): Kept {
  return {
    spec,
    key: keyOf(spec) ?? '',
    describe: spec.id,
    backend: null,
    makingSince: null,
    retryAt: -Infinity,
    unfit: { making: pending, backend: null, preflight: null },
  }
}

/** An endpoint that has been in the making for too long makes this node unfit, until it is made. */
export function noteDelay(kept: Kept, now: Instant): void {
  if (kept.makingSince !== null && now - kept.makingSince >= makingLimitMs) kept.unfit.making = overdue
}

/** Why this node cannot hold the endpoint; null: it can. */
function unfitReason({ unfit }: Kept): string | null {
  return unfit.making ?? unfit.backend ?? unfit.preflight
}

export function statusOfKept(kept: Kept): KeptStatus {
  const claimTakes = kept.backend?.capabilities.claimTakes ?? null
  const follows = kept.backend?.capabilities.follows
  return {
    describe: kept.describe,
    unfit: unfitReason(kept),
    ...(claimTakes === null ? {} : { claimTakes }),
    ...(follows === undefined ? {} : { follows }),
  }
}

/**
 * How fit this node is for a group of these endpoints. What only has not been made yet is no reason to give
 * a group away: who holds it keeps it meanwhile, and nobody is given it before.
 */
export function fitnessOf(all: readonly Kept[]): Fitness {
  const carries = all.some(({ backend }) => backend !== null && carriesTraffic(backend))
  // The group goes without what only points at where it is.
  const needed = all.filter(({ backend }) => backend?.capabilities.follows === undefined || !carries)
  const hindrances = needed.flatMap((kept) => {
    const why = unfitReason(kept)
    return why === null ? [] : [{ why, reason: `${kept.describe}: ${why}` }]
  })
  const reasons = hindrances.map(({ reason }) => reason)
  if (reasons.length === 0) return { level: 'fit', reasons }
  return { level: hindrances.every(({ why }) => why === pending) ? 'keep' : 'unfit', reasons }
}

function carriesTraffic({ capabilities }: Backend): boolean {
  return capabilities.follows === undefined && capabilities.service === undefined
}

/** Looks beforehand, within a limit of time, whether the endpoint could be held; null: nothing speaks against it. */
export async function preflight(backend: Backend): Promise<string | null> {
  try {
    const findings = await backend.preflight(AbortSignal.timeout(preflightLimitMs))
    const error = findings.find(({ severity }) => severity === 'error')
    return error ? `${error.message} (${error.fix})` : null
  } catch (error) {
    return `the look beforehand failed: ${reasonOf(error)}`
  }
}

/** An error in one line, with the next step if it names one. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return error instanceof Error && 'fix' in error && typeof error.fix === 'string' ? `${text} (${error.fix})` : text
}
