/**
 * The suites `lb`, `azure` and `gcp`: what moves behind a load balancer cost its clients, with the settings that its vendor has where nothing is
 * said, and with its fastest.
 */
import type { AzureAsking } from '../balanced/azure-lab.ts'
import { startAzureLab } from '../balanced/azure-lab.ts'
import type { BalancedLab } from '../balanced/balanced-lab.ts'
import type { GcpAsking } from '../balanced/gcp-lab.ts'
import { startGcpLab } from '../balanced/gcp-lab.ts'
import type { Asking } from '../balanced/haproxy.ts'
import { startHaproxyLab } from '../balanced/haproxy-lab.ts'
import type { Balanced, Cost } from '../balanced/moves.ts'
import { freezeAndThaw, loseHost, nobodyServes, planMove } from '../balanced/moves.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { startCluster } from '../cluster/cluster.ts'
import { sleep } from '../wait.ts'
import type { Row } from './figures.ts'
import { median, plainRow } from './figures.ts'
import type { SuiteOptions } from './lan.ts'

const LEASE_MS = 1000
const SPARE_MS = 300
/** So many intervals, and this, until all is at rest again. */
const PATIENCE = 10
const REST_MS = 10_000

/** How a balancer is set, and the lab with it. */
type Settings = Readonly<Record<string, () => Promise<BalancedLab>>>

const haproxy = (asking: Asking) => (): Promise<BalancedLab> => startHaproxyLab(asking)
const azure = (asking: AzureAsking) => (): Promise<BalancedLab> => startAzureLab(asking)
const gcp = (asking: GcpAsking) => (): Promise<BalancedLab> => startGcpLab(asking)

const lbSettings: Settings = {
  'http-default': haproxy({ form: 'http', everyMs: 2000, rise: 2, fall: 3 }),
  'http-fastest': haproxy({ form: 'http', everyMs: 100, rise: 1, fall: 1 }),
  'tcp-default': haproxy({ form: 'tcp', everyMs: 2000, rise: 2, fall: 3 }),
  'tcp-fastest': haproxy({ form: 'tcp', everyMs: 100, rise: 1, fall: 1 }),
}
const azureSettings: Settings = {
  default: azure({ intervalS: 15, threshold: 1 }),
  fastest: azure({ intervalS: 5, threshold: 1 }),
}
const gcpSettings: Settings = {
  default: gcp({ intervalS: 5, timeoutS: 5, healthyAfter: 2, unhealthyAfter: 2 }),
  fastest: gcp({ intervalS: 1, timeoutS: 1, healthyAfter: 1, unhealthyAfter: 1 }),
}

export const lbNames: readonly string[] = Object.keys(lbSettings)
export const azureNames: readonly string[] = Object.keys(azureSettings)
export const gcpNames: readonly string[] = Object.keys(gcpSettings)

export const runLb = (options: SuiteOptions): Promise<readonly Row[]> => runAll(lbSettings, options)
export const runAzure = (options: SuiteOptions): Promise<readonly Row[]> => runAll(azureSettings, options)
export const runGcp = (options: SuiteOptions): Promise<readonly Row[]> => runAll(gcpSettings, options)

const scenarios: Readonly<Record<string, { readonly perform: (balanced: Balanced) => Promise<Cost>; readonly beforeMs: number }>> = {
  switchover: { perform: planMove, beforeMs: 0 },
  'host-loss': { perform: loseHost, beforeMs: LEASE_MS },
  freeze: { perform: freezeAndThaw, beforeMs: LEASE_MS },
}

async function runAll(settings: Settings, { runs, only, say }: SuiteOptions): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const [name, start] of Object.entries(settings)) {
    if (only.length > 0 && !only.includes(name)) continue
    const lab = await start()
    let cluster: Cluster | null = null
    try {
      cluster = await startCluster(lab, lab.cluster)
      const balanced = { lab, cluster }
      for (const scenario of Object.keys(scenarios)) rows.push(...(await measure({ name, scenario, balanced, runs, say })))
      rows.push(await unserved(name, balanced, say))
    } finally {
      await cluster?.stop()
      lab.close()
    }
  }
  return rows
}

interface Measured {
  readonly name: string
  readonly scenario: string
  readonly balanced: Balanced
  readonly runs: number
  readonly say: (text: string) => void
}

async function measure({ name, scenario, balanced, runs, say }: Measured): Promise<readonly Row[]> {
  const { perform, beforeMs } = scenarios[scenario] ?? { perform: planMove, beforeMs: 0 }
  const { everyMs, rise } = balanced.lab.probe
  const bound = beforeMs + everyMs * rise + SPARE_MS
  const costs: Cost[] = []
  while (costs.length < runs) {
    await anyMoment(balanced)
    const cost = await perform(balanced)
    costs.push(cost)
    say(`${name}: ${costs.length}/${runs}: ${scenario} ${cost.outageMs.toFixed(1)} ms (at most ${bound}), two well ${cost.twoWellMs} ms`)
  }
  const values = costs.map(({ outageMs }) => outageMs)
  const detail = { ...balanced.lab.probe, values }
  const worst = (of: 'twoWellMs' | 'twoMs'): number => Math.max(...costs.map((cost) => cost[of]))
  const about = `${name}.${scenario}`
  return [
    plainRow(`${about}.outage.median`, median(values), 'ms', bound, { runs, detail }),
    plainRow(`${about}.outage.max`, Math.max(...values), 'ms', bound, { runs, detail }),
    plainRow(`${about}.two-healthy`, worst('twoWellMs'), 'ms', 0, { runs, detail }),
    plainRow(`${about}.two-holders`, worst('twoMs'), 'ms', 0, { runs, detail }),
  ]
}

/** Somewhere between two questions of the balancer: where exactly decides how long a move takes. */
async function anyMoment({ lab, cluster }: Balanced): Promise<void> {
  const { holder } = await cluster.untilSteady(PATIENCE * lab.probe.everyMs + REST_MS)
  await lab.untilAgreed(holder.name)
  await sleep(Math.random() * lab.probe.everyMs)
}

/** With all nodes unhealthy nothing is served. */
async function unserved(name: string, balanced: Balanced, say: (text: string) => void): Promise<Row> {
  const { answered, asked } = await nobodyServes(balanced)
  say(`${name}: nobody is healthy: ${answered} of ${asked} questions answered`)
  await balanced.cluster.untilSteady()
  return plainRow(`${name}.nobody.answered`, answered, 'count', 0, { runs: 1, detail: { asked } })
}
