import type { Arrived, Left, SiteResult } from '../site-switchover.ts'
import { phasesText } from './phases.ts'
import { paint, span } from './table.ts'

export function arrivedLines({ group, from, to, tookMs, epoch, phases }: Arrived): readonly string[] {
  const line = `${group}: ${from ?? 'nobody'} → ${to} in ${Math.round(tookMs)} ms (epoch ${epoch})`
  return phases === null ? [line] : [line, `  ${phasesText({ to, phases })}`]
}

export function leftLine({ group, why }: Left): string {
  return paint('dim', `${group}: left alone: ${why}`)
}

/** What would be done. */
export function rehearsalLines({ moved, left }: SiteResult): readonly string[] {
  return [...moved.map(({ group, from, to }) => `${group}: ${from ?? 'nobody'} → ${to}`), ...left.map(leftLine)]
}

export function endLine({ site, moved, left }: SiteResult, tookMs: number): string {
  const count = (many: number): string => `${many} ${many === 1 ? 'group' : 'groups'}`
  return `${count(moved.length)} moved to ${site} in ${span(tookMs)}, ${count(left.length)} left alone`
}
