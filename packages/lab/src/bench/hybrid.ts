/** The suites `dns` and `hybrid`: what moves between sites cost that a name follows. */
import type { Profile } from '../cluster/cluster.ts'
import { startHybridLab } from '../hybrid/hybrid-lab.ts'
import { cutParisOff, loseDublin, loseParis, planSiteMove } from '../hybrid/moves.ts'
import type { Hybrid, SiteMove } from '../hybrid/moves.ts'
import type { Row } from './figures.ts'
import { median, plainRow } from './figures.ts'
import type { SuiteOptions } from './lan.ts'

const WAN_LEASE_MS = 5000
const TTL_S = 5
const APPLIED_MS = 300
const SITE_LOST_MS = WAN_LEASE_MS + 2000
const CLIENT_MS = TTL_S * 1000 + 2000

interface Judged {
  readonly move: (hybrid: Hybrid) => Promise<SiteMove>
  readonly bounds: Readonly<Record<'endpointMs' | 'appliedMs' | 'clientMs', number | null>>
}

const follows = { endpointMs: null, appliedMs: APPLIED_MS, clientMs: CLIENT_MS }
const dns: Readonly<Record<string, Judged>> = {
  switchover: { move: planSiteMove, bounds: follows },
  'host-loss': { move: loseDublin, bounds: follows },
}
const hybrid: Readonly<Record<string, Judged>> = {
  switchover: { move: planSiteMove, bounds: follows },
  'site-loss': { move: loseParis, bounds: { ...follows, endpointMs: SITE_LOST_MS } },
  'site-cut-off': { move: cutParisOff, bounds: { ...follows, endpointMs: SITE_LOST_MS } },
}

export const dnsNames: readonly string[] = Object.keys(dns)
export const hybridNames: readonly string[] = Object.keys(hybrid)

export const runDns = (options: SuiteOptions): Promise<readonly Row[]> => run(dns, 'lan', options)
export const runHybrid = (options: SuiteOptions): Promise<readonly Row[]> => run(hybrid, 'wan', options)

async function run(moves: Readonly<Record<string, Judged>>, profile: Profile, { runs, only, say }: SuiteOptions): Promise<readonly Row[]> {
  const lab = await startHybridLab({ ttl: `${TTL_S}s` })
  try {
    const cluster = await lab.start({ profile })
    try {
      const rows: Row[] = []
      for (const [name, judged] of Object.entries(moves).filter(([one]) => only.length === 0 || only.includes(one)))
        rows.push(...(await measure(name, judged, { lab, cluster }, { runs, say })))
      return rows
    } finally {
      await cluster.stop()
    }
  } finally {
    lab.close()
  }
}

async function measure(
  name: string,
  { move, bounds }: Judged,
  site: Hybrid,
  { runs, say }: Pick<SuiteOptions, 'runs' | 'say'>,
): Promise<readonly Row[]> {
  const costs: SiteMove[] = []
  while (costs.length < runs) {
    const cost = await move(site)
    costs.push(cost)
    const { endpointMs, appliedMs, clientMs } = cost
    say(
      `${costs.length}/${runs}: ${name} there after ${endpointMs.toFixed(0)} ms, all name servers ${appliedMs.toFixed(0)} ms later, the client ${clientMs.toFixed(0)} ms later`,
    )
  }
  const detail = { ttlS: TTL_S, authorities: 'BIND as primary, Knot as secondary', resolver: 'unbound' }
  const figures = [
    ['endpoint', 'endpointMs'],
    ['applied', 'appliedMs'],
    ['client', 'clientMs'],
  ] as const
  const rows = figures.flatMap(([figure, of]) => {
    const values = costs.map((cost) => cost[of])
    const row = (what: string, value: number): Row =>
      plainRow(`${name}.${figure}.${what}`, value, 'ms', bounds[of], { runs, detail: { ...detail, values } })
    return [row('median', median(values)), row('max', Math.max(...values))]
  })
  return [...rows, plainRow(`${name}.two-sites`, Math.max(...costs.map(({ twoMs }) => twoMs)), 'ms', 0, { runs, detail })]
}
