/** What clients lose while the daemon of the holder is replaced: nothing, by the questions that stay without an answer. */
import { longestUnansweredMs } from '../analysis/unanswered.ts'
import { CpuWatch } from '../chaos/cpu-watch.ts'
import { longestWait } from '../chaos/starvation.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { startCluster } from '../cluster/cluster.ts'
import { upgradeDaemon } from '../cluster/upgrade.ts'
import type { Lab } from '../lab.ts'
import { startLab } from '../lab.ts'
import { nowMs } from '../system/libc.ts'
import { sleep } from '../wait.ts'
import type { Row } from './figures.ts'
import { median, plainRow } from './figures.ts'
import type { SuiteOptions } from './lan.ts'

/** What one upgrade of the holder has come to. */
export interface UpgradeTrial {
  /** For so long no question of the client got an answer. */
  readonly outageMs: number
  /** For so long no beat of the node was heard. */
  readonly pauseMs: number
  /** The group is where it was, under the epoch that it had. */
  readonly isKept: boolean
  /** For so long the daemon, or one of those whom all wait for, had to wait for a CPU during the upgrade. */
  readonly waitedMs: number
}

/** After the upgrade a lease passes, and what had been lost with it would show. */
const AFTER_MS = 2000

export async function upgradeOnce(lab: Lab, cluster: Cluster): Promise<UpgradeTrial> {
  const { holder } = await cluster.untilSteady()
  const before = await holder.api.status()
  const epochOf = ({ engine }: typeof before): string => engine.groups.map((group) => `${group.id} ${group.holder} ${group.epoch}`).join()
  const watch = new CpuWatch([holder])
  const first = watch.look()
  const from = nowMs()
  const { began } = await upgradeDaemon(holder)
  const waitedMs = longestWait(first, watch.look(), holder.name)
  await sleep(AFTER_MS)
  const outageMs = longestUnansweredMs(lab.client.since(from).answers, lab.client.pitchMs)
  const after = await holder.api.status()
  return { outageMs, pauseMs: began.pauseMs ?? Number.NaN, isKept: epochOf(after) === epochOf(before), waitedMs }
}

export async function measureUpgrades({ runs, say }: SuiteOptions): Promise<readonly Row[]> {
  const lab = await startLab()
  try {
    const cluster = await startCluster(lab)
    const trials: UpgradeTrial[] = []
    while (trials.length < runs) {
      const trial = await upgradeOnce(lab, cluster)
      trials.push(trial)
      say(
        `${trials.length}/${runs}: upgrade-outage ${trial.outageMs} ms, not heard for ${trial.pauseMs} ms, ${trial.isKept ? 'kept' : 'moved'}`,
      )
    }
    await cluster.stop()
    const outages = trials.map(({ outageMs }) => outageMs)
    const moved = trials.filter(({ isKept }) => !isKept).length
    return [
      plainRow('upgrade-outage.median', median(outages), 'ms', 0, { runs, detail: { trials } }),
      plainRow('upgrade-outage.max', Math.max(...outages), 'ms', 0, { runs, detail: {} }),
      plainRow('upgrade-outage.moves', moved, 'count', 0, { runs, detail: {} }),
      plainRow('upgrade-pause.median', median(trials.map(({ pauseMs }) => pauseMs)), 'ms', null, { runs, detail: {} }),
    ]
  } finally {
    lab.close()
  }
}
