/** Playing a scenario again and again on one cluster, and beginning anew with a fresh one after a run that failed. */
import type { Cluster, Profile } from '../cluster/cluster.ts'
import { startCluster } from '../cluster/cluster.ts'
import type { Lab } from '../lab.ts'
import { startLab } from '../lab.ts'
import type { Scenario } from '../scenarios.ts'
import type { Trial } from '../trial.ts'
import { runTrial } from '../trial.ts'
import type { Series } from './figures.ts'

/** Where trials are played; made anew on demand. */
export interface Bed {
  use(profile: Profile): Promise<{ readonly lab: Lab; readonly cluster: Cluster }>
  /** Nothing of this cluster is to be trusted any more. */
  discard(): void
  close(): Promise<void>
}

export function createBed(): Bed {
  let current: { readonly lab: Lab; readonly cluster: Cluster } | null = null
  const close = async (): Promise<void> => {
    const last = current
    current = null
    await last?.cluster.stop().catch(() => {})
    last?.lab.close()
  }
  return {
    async use(profile) {
      if (current?.cluster.profile === profile) return current
      await close()
      const lab = await startLab({ ipv6Client: true })
      try {
        current = { lab, cluster: await startCluster(lab, { profile }) }
      } catch (error) {
        lab.close()
        throw error
      }
      return current
    },
    discard() {
      current?.lab.close()
      current = null
    },
    close,
  }
}

export interface SeriesOptions {
  readonly runs: number
  readonly say: (text: string) => void
}

/** More than this share of stolen CPU time, and a run says nothing about movip. */
const STOLEN_MAX_PERCENT = 5
const FAILURES_MAX = 2

export async function runSeries(bed: Bed, scenario: Scenario, { runs, say }: SeriesOptions): Promise<Series> {
  const trials: Trial[] = []
  const failures: string[] = []
  let stolen = 0
  // A scenario in which nothing may be lost is compared with a longer stretch without its fault: the longest gap of two equally long ones
  // differs by more than the factor by chance alone.
  const windowMs = scenario.injectMs + scenario.faultMs + scenario.afterMs
  const controlMs = scenario.bound === 'nothing' ? Math.min(CONTROL_WINDOWS * windowMs, CONTROL_MAX_MS) : CONTROL_MS
  while (trials.length < runs && failures.length < FAILURES_MAX && stolen <= 2 * runs) {
    try {
      const { lab, cluster } = await bed.use(scenario.profile)
      const trial = await runTrial(lab, cluster, scenario, { controlMs })
      const wasStolen = trial.stolenPercent > STOLEN_MAX_PERCENT
      if (wasStolen) stolen++
      else trials.push(trial)
      say(`${wasStolen ? 'stolen CPU, again' : `${trials.length}/${runs}`}: ${describe(trial)}`)
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error))
      say(`failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
      bed.discard()
    }
  }
  return { scenario, trials, stolen, failures }
}

const CONTROL_MS = 1000
const CONTROL_WINDOWS = 2
const CONTROL_MAX_MS = 20_000

function describe({ scenario, outageMs, controlMs, dualHolderMs, moves, stolenPercent, from, to }: Trial): string {
  const two = `two ${dualHolderMs.answers.toFixed(1)}/${dualHolderMs.wire.toFixed(1)} ms`
  return `${scenario} outage ${outageMs.toFixed(1)} ms, control ${controlMs.toFixed(1)} ms, ${two}, ${from} to ${to} in ${moves} moves, stolen ${stolenPercent.toFixed(1)} %`
}
