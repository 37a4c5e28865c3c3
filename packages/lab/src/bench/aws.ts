/** The suite `aws`: what moves of an overlay address over four route tables cost, while the API takes as long as published. */
import { startAwsLab } from '../clouds/aws/aws-lab.ts'
import { landLate, loseHost, moveThrottled, planMove, PUBLISHED_DELAY } from '../clouds/aws/moves.ts'
import type { Cost, Site } from '../clouds/aws/moves.ts'
import { startCluster } from '../cluster/cluster.ts'
import type { Row } from './figures.ts'
import { median, plainRow } from './figures.ts'
import type { SuiteOptions } from './lan.ts'

const LEASE_MS = 1000
const PLANNED_MS = 400
const LOST_MS = LEASE_MS + 600
const UNDONE_MS = 1000

export const awsNames = ['switchover', 'host-loss', 'throttled', 'late-call'] as const
type Name = (typeof awsNames)[number]

const scenarios: Readonly<Record<Name, (site: Site) => Promise<Cost & { readonly restMs?: number; readonly undoneMs?: number }>>> = {
  switchover: planMove,
  'host-loss': loseHost,
  throttled: moveThrottled,
  'late-call': landLate,
}

/** What is judged of each, with the most that is allowed. */
const judged: Readonly<Record<Name, readonly (readonly [figure: string, of: 'outageMs' | 'restMs' | 'undoneMs', bound: number | null])[]>> =
  {
    switchover: [['outage', 'outageMs', PLANNED_MS]],
    'host-loss': [['outage', 'outageMs', LOST_MS]],
    throttled: [
      ['outage', 'outageMs', PLANNED_MS],
      ['rest', 'restMs', null],
    ],
    'late-call': [['undone', 'undoneMs', UNDONE_MS]],
  }

export async function runAws({ runs, only, say }: SuiteOptions): Promise<readonly Row[]> {
  const lab = await startAwsLab()
  try {
    await lab.vpc.turnOn({ effect: PUBLISHED_DELAY })
    const site = { lab, cluster: await startCluster(lab, { endpoints: [lab.endpoint], under: lab.under }) }
    const rows: Row[] = []
    for (const name of awsNames.filter((one) => only.length === 0 || only.includes(one)))
      rows.push(...(await measure(name, site, runs, say)))
    await site.cluster.stop()
    return rows
  } finally {
    lab.close()
  }
}

async function measure(name: Name, site: Site, runs: number, say: (text: string) => void): Promise<readonly Row[]> {
  const costs: Awaited<ReturnType<(typeof scenarios)[Name]>>[] = []
  while (costs.length < runs) {
    const cost = await scenarios[name](site)
    costs.push(cost)
    say(`${costs.length}/${runs}: ${name} ${cost.outageMs.toFixed(1)} ms, ${cost.strays} tables astray`)
  }
  const rowsOf = judged[name].flatMap(([figure, of, bound]) => {
    const values = costs.map((cost) => cost[of] ?? Number.NaN)
    const row = (what: string, value: number): Row =>
      plainRow(`${name}.${figure}.${what}`, value, 'ms', bound, { runs, detail: { values } })
    return [row('median', median(values)), row('max', Math.max(...values))]
  })
  const worst = (of: 'twoMs' | 'strays'): number => Math.max(...costs.map((cost) => cost[of]))
  const detail = { api: 'answers after 50 ms ± 20' }
  return [
    ...rowsOf,
    plainRow(`${name}.two-holders`, worst('twoMs'), 'ms', 0, { runs, detail }),
    plainRow(`${name}.strays`, worst('strays'), 'count', 0, { runs, detail }),
  ]
}
