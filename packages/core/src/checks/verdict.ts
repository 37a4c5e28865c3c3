import type { CheckSpec, Instant } from '../model/index.ts'

/** When a check begins or ceases to fail. */
export type VerdictLimits = Pick<CheckSpec, 'rise' | 'fall' | 'graceMs'>

/** One result of a probe, as far as a verdict needs it. */
export interface Outcome {
  readonly ok: boolean
  readonly reason: string | null
}

/** `idle`: it does not run here, and has nothing to say. `pending`: it runs, and there is no verdict so far. */
export type VerdictState = 'idle' | 'pending' | 'passing' | 'failing'

/**
 * What the results of one check have come to. Pure: each function below returns the next one.
 * Each failure is remembered for a while, and holds the node off for longer than the one before.
 */
export interface Verdict {
  readonly state: VerdictState
  readonly since: Instant
  /** Whether it runs here at present; one that rests remembers its last failure until `heldUntil`. */
  readonly runs: boolean
  /** Bad results do not count before then. A good one ends it. */
  readonly graceUntil: Instant
  /** Results in a row that speak against the state, and when the first of them came. */
  readonly against: number
  readonly againstSince: Instant
  /** Why it fails: set when it begins to, and so steady. */
  readonly reason: string | null
  /** When it began to fail, each time, as far as that still counts. */
  readonly failures: readonly Instant[]
  /** End of the hold-off: until then the node is not chosen, or last. */
  readonly heldUntil: Instant
}

/** The hold-off of the first failure; it doubles with each further one. */
export const holdOffMs = 10_000
export const holdOffMsMax = 300_000
/** A failure counts for so long. */
export const forgetMs = 1_800_000

/** Of a check that has not run yet. */
export function newVerdict(now: Instant): Verdict {
  return {
    state: 'idle',
    since: now,
    runs: false,
    graceUntil: -Infinity,
    against: 0,
    againstSince: now,
    reason: null,
    failures: [],
    heldUntil: -Infinity,
  }
}

/** It runs from now on, or goes on in another role: whatever it tests may just be starting. */
export function begin(verdict: Verdict, { graceMs }: VerdictLimits, now: Instant): Verdict {
  const next = { ...verdict, runs: true, graceUntil: now + graceMs, against: 0 }
  return verdict.runs ? next : become(next, 'pending', now)
}

/**
 * It does not run any more. Of what it tested on the holder a failure is remembered, for a hold-off at least: a holder that lets go because
 * of it must not be given the group back at once. What it tested on a standby node does not matter any more.
 */
export function rest(verdict: Verdict, { on }: Pick<CheckSpec, 'on'>, now: Instant): Verdict {
  const next = { ...verdict, runs: false, against: 0 }
  return verdict.state === 'failing' && on !== 'standby'
    ? { ...next, heldUntil: Math.max(verdict.heldUntil, now + holdOffMs) }
    : become(next, 'idle', now)
}

/** A result of a check that runs. The first good one after a start is enough; a failure ends with `rise` good ones. */
export function hear(verdict: Verdict, limits: VerdictLimits, { ok, reason }: Outcome, now: Instant): Verdict {
  const heard = elapse(ok ? { ...verdict, graceUntil: -Infinity } : verdict, now)
  if (ok ? heard.state === 'passing' : heard.state === 'failing' || now < heard.graceUntil) return { ...heard, against: 0 }
  const against = heard.against + 1
  const againstSince = heard.against === 0 ? now : heard.againstSince
  const needed = ok ? (heard.state === 'failing' ? limits.rise : 1) : limits.fall
  if (against < needed) return { ...heard, against, againstSince }
  return ok
    ? { ...become(heard, 'passing', now), reason: null }
    : fail(heard, `${reason ?? 'no reason given'}${times(against, now - againstSince)}`, now)
}

/** Time passes: old failures are forgotten, and a check that rests lets go of its own. */
export function elapse(verdict: Verdict, now: Instant): Verdict {
  const isOver = verdict.state === 'failing' && !verdict.runs && now >= verdict.heldUntil
  const next = isOver ? { ...become(verdict, 'idle', now), reason: null } : verdict
  return next.failures.every((at) => now - at < forgetMs) ? next : { ...next, failures: next.failures.filter((at) => now - at < forgetMs) }
}

/** Whether an earlier failure still holds the node off. */
export function isHeldOff(verdict: Verdict, now: Instant): boolean {
  return now < verdict.heldUntil
}

function become(verdict: Verdict, state: VerdictState, now: Instant): Verdict {
  return { ...verdict, state, since: verdict.state === state ? verdict.since : now, against: 0 }
}

function fail(verdict: Verdict, reason: string, now: Instant): Verdict {
  const failures = [...verdict.failures, now]
  const heldUntil = now + Math.min(holdOffMs * 2 ** (failures.length - 1), holdOffMsMax)
  return { ...become(verdict, 'failing', now), reason, failures, heldUntil }
}

function times(count: number, spanMs: number): string {
  return count === 1 ? '' : ` (${count} times in ${(spanMs / 1000).toFixed(1)} s)`
}
