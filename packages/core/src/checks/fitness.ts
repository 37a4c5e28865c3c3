import type { Fitness, Instant } from '../model/index.ts'
import { isHeldOff } from './verdict.ts'
import type { Verdict } from './verdict.ts'

/** One check with its verdict. */
export interface Judged {
  readonly id: string
  readonly verdict: Verdict
}

/**
 * How fit this node is for a group with these checks. Who holds the group keeps it until there is a first verdict, and nobody is given it
 * before. One that passes again after a failure is fit, with a reason to be chosen last.
 */
export function fitnessOf(checks: readonly Judged[], now: Instant): Fitness {
  const told = checks.flatMap(({ id, verdict }) => tell(id, verdict, now))
  const level = (['unfit', 'keep'] as const).find((one) => told.some((fitness) => fitness.level === one)) ?? 'fit'
  return { level, reasons: told.map(({ reason }) => reason) }
}

function tell(id: string, verdict: Verdict, now: Instant): { readonly level: Fitness['level']; readonly reason: string }[] {
  if (verdict.state === 'failing')
    return [{ level: 'unfit', reason: `check ${id}: ${verdict.reason}${verdict.runs ? '' : '; it was active here then'}` }]
  if (verdict.state === 'pending') return [{ level: 'keep', reason: `check ${id} has not passed yet` }]
  if (verdict.state === 'passing' && isHeldOff(verdict, now))
    return [{ level: 'fit', reason: `check ${id} passes again after ${timesLately(verdict)}` }]
  return []
}

function timesLately({ failures }: Verdict): string {
  return failures.length === 1 ? 'a failure' : `${failures.length} failures lately`
}
