import type { Forecast, Outage } from '@movip/core/forecast'
import { viewpoint } from './explain.ts'
import type { Viewpoint } from './explain.ts'
import { paint, table } from './table.ts'

/** What `movip simulate` returns. */
export interface SimulateResult extends Forecast {
  readonly schemaVersion: 1
  readonly view: Viewpoint
  readonly outage: Outage
}

/** What would happen, as people read it. Groups that would stay where they are, are only counted. */
export function simulateView(result: SimulateResult): string[] {
  const { groups } = result
  const touched = groups.filter(({ outcome }) => outcome !== 'stays')
  const count = (outcome: string): number => groups.filter((group) => group.outcome === outcome).length
  return [
    `if ${outageText(result.outage)} failed:`,
    quorumLine(result),
    `${count('moves')} of ${groups.length} groups would move, ${count('unserved')} would be served by nobody, ${count('stays')} would stay`,
    ...(touched.length === 0 ? [] : ['']),
    ...(touched.length === 0
      ? []
      : table(
          ['GROUP', 'NOW', 'THEN', 'WHY'],
          touched.map(({ group, from, to, why }) => [group, from ?? 'nobody', to ?? paint('red', 'nobody'), why]),
        )),
    '',
    paint('dim', viewpoint(result.view)),
  ]
}

function outageText({ nodes, links }: Outage): string {
  return [...nodes, ...links.map(([one, other]) => `the link ${one}:${other}`)].join(', ')
}

function quorumLine({ quorum, voters, needed, coordinator }: SimulateResult): string {
  const left = voters.length === 0 ? 'no voter' : `${voters.length} voter${voters.length === 1 ? '' : 's'} (${voters.join(', ')})`
  if (!quorum) return paint('red', `no quorum: ${left} would be left, ${needed} must hear each other; nothing could be moved`)
  return `${paint('green', 'quorum')}: ${left} would be left, ${needed} must agree; ${coordinator} could coordinate`
}
