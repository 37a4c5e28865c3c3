import { z } from 'zod'
import type { Timing } from '../model/index.ts'
import { duration, formatDuration } from './fields.ts'
import type { ConfigProblem } from './problem.ts'
import type { Source } from './source.ts'

/** DESIGN §2.6. */
export const timingProfiles = {
  lan: { heartbeatMs: 100, leaseMs: 1000, electionMs: 900, driftPpmMax: 1000 },
  wan: { heartbeatMs: 500, leaseMs: 5000, electionMs: 4500, driftPpmMax: 1000 },
  fast: { heartbeatMs: 25, leaseMs: 250, electionMs: 225, driftPpmMax: 1000 },
} as const satisfies Record<string, Timing>

/** Nothing shorter was ever measured: a timer alone may be late by 16 ms (DESIGN §2.6). */
const shortest = timingProfiles.fast
/** Clocks that differ by a hundredth are broken. */
const driftPpmLimit = 10_000

const profile = z.enum(['lan', 'wan', 'fast'])

/** A profile by name, or one with other values. */
export const timingSchema = z.union([
  profile,
  z.strictObject({
    profile: profile.default('lan'),
    heartbeat: duration.optional(),
    lease: duration.optional(),
    election: duration.optional(),
    driftPpmMax: z.number().int().min(1).max(driftPpmLimit).optional(),
  }),
])

/** The times that a `timing` setting amounts to. */
export function timingOf(setting: z.output<typeof timingSchema>): Timing {
  if (typeof setting === 'string') return timingProfiles[setting]
  const base = timingProfiles[setting.profile]
  return {
    heartbeatMs: setting.heartbeat ?? base.heartbeatMs,
    leaseMs: setting.lease ?? base.leaseMs,
    electionMs: setting.election ?? base.electionMs,
    driftPpmMax: setting.driftPpmMax ?? base.driftPpmMax,
  }
}

/** Times are judged together: three missed beats must fit into the election time, and that into the lease. */
export function timingProblems(timing: Timing, source: Source): ConfigProblem[] {
  const problems: ConfigProblem[] = []
  const { heartbeatMs, leaseMs, electionMs } = timing
  const [heartbeat, lease, election] = [heartbeatMs, leaseMs, electionMs].map(formatDuration)
  const report = (key: string, expected: string, message: string, fix: string): void => {
    const written = source.valueAt(['timing', key]) !== undefined
    problems.push(source.problem(written ? ['timing', key] : ['timing'], 'value', { expected, message, fix }))
  }
  for (const [key, what, ms, leastMs] of [
    ['heartbeat', 'a heartbeat', heartbeatMs, shortest.heartbeatMs],
    ['election', 'an election time', electionMs, shortest.electionMs],
    ['lease', 'a lease', leaseMs, shortest.leaseMs],
  ] as const) {
    if (ms >= leastMs) continue
    const least = formatDuration(leastMs)
    const message = `${what} of ${formatDuration(ms)} is shorter than what was seen to hold on a busy machine`
    report(key, `at least ${least}`, message, `write ${key}: ${least} or more, or timing: fast`)
  }
  if (leaseMs > 60_000) {
    report(
      'lease',
      'at most 1m',
      `a lease of ${lease} would leave a group unserved for that long after a failure`,
      'write lease: 1m or less',
    )
  }
  // What is too short is to be made longer first: no hint follows from it that would do.
  if (heartbeatMs * 3 > electionMs && electionMs >= shortest.electionMs) {
    report(
      'heartbeat',
      `at most ${formatDuration(Math.floor(electionMs / 3))}`,
      `three heartbeats of ${heartbeat} do not fit into the election time of ${election}: one lost beat would unseat the coordinator`,
      `write heartbeat: ${formatDuration(Math.floor(electionMs / 3))} or less, or election: ${formatDuration(heartbeatMs * 3)} or more`,
    )
  }
  if (electionMs >= leaseMs && leaseMs >= shortest.leaseMs) {
    report(
      'election',
      `less than ${lease}`,
      `the election time of ${election} is not shorter than the lease of ${lease}: a new coordinator would come too late to place groups when leases end`,
      `write election: ${formatDuration(Math.floor(leaseMs * 0.9))} or less, or a longer lease`,
    )
  }
  return problems
}
