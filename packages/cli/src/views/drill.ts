import type { DrillFault } from '@movip/core/drill'
import type { DrillOutcome, SeenOutage } from '../drill/perform.ts'
import { phasesText } from './phases.ts'
import { paint, span, table } from './table.ts'

/** What `movip drill` returns. */
export interface DrillResult extends DrillOutcome {
  readonly schemaVersion: 1
  readonly group: string
  readonly fault: DrillFault
  readonly from: string
}

const done: Readonly<Record<DrillFault, string>> = {
  switchover: 'was moved away',
  kill: 'was killed',
  isolate: 'was cut off',
}

/** What came of a drill, as people read it. */
export function drillView(result: DrillResult): string[] {
  const { group, fault, from, to, servedAfterMs, outage, move, returned } = result
  const subject = fault === 'switchover' ? group : `the daemon of ${from}`
  const rows = [
    ['outage', outageText(outage)],
    ['served again', `by ${to}, known here after ${span(servedAfterMs)}`],
    ['the move', move === null ? 'is not remembered' : `${move.from ?? 'nobody'} → ${to}: ${phasesText(move)}`],
    ...returned.map((back) => ['the way back', `${back.group} is on ${from}${back.move === null ? '' : `: ${phasesText(back.move)}`}`]),
  ]
  return [
    `${paint('bold', `drill of ${group}`)}: ${subject} ${done[fault]}; everything is back where it was`,
    '',
    ...table(['', ''], rows).slice(1),
  ]
}

function outageText({ ms, from, target, everyMs, why }: SeenOutage): string {
  if (ms === null || target === null) return `not measured: ${why ?? 'nothing was asked'}`
  const how = `seen from ${from} by TCP attempts at ${target.host} port ${target.port} every ${everyMs} ms`
  return ms === 0 ? `none, ${how}` : `${paint('yellow', span(ms))}, ${how}`
}
