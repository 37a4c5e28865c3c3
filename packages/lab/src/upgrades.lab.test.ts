import { afterAll, beforeAll, expect, it } from 'vitest'
import { upgradeOnce } from './bench/upgrades.ts'
import type { UpgradeTrial } from './bench/upgrades.ts'
import type { Cluster } from './cluster/cluster.ts'
import { startCluster } from './cluster/cluster.ts'
import type { Lab } from './lab.ts'
import { startLab } from './lab.ts'

const RUNS = 4
/** Half a lease: an upgrade is refused where it takes longer, so a daemon may well lose its lease that also had no CPU for so long. */
const STILL_MS = 500
/** Runs that show nothing, because the machine stood still, are made again; where there are more of them, it can show nothing at all. */
const STILL_MAX = 3

let lab: Lab
let cluster: Cluster
beforeAll(async () => {
  lab = await startLab({ nodes: ['n1', 'n2', 'n3'] })
  cluster = await startCluster(lab)
})
afterAll(async () => {
  await cluster?.stop()
  lab?.close()
})

it('the daemon of the holder is replaced in its process, the group stays under its epoch, and no question of the client goes unanswered, each time', async () => {
  const trials: UpgradeTrial[] = []
  const still: UpgradeTrial[] = []
  while (trials.length < RUNS && still.length <= STILL_MAX) {
    const { holder } = await cluster.untilSteady()
    const pid = holder.pid()
    const trial = await upgradeOnce(lab, cluster)
    expect(holder.pid(), cluster.logs()).toBe(pid)
    if (isWell(trial) || !stoodStill(trial)) trials.push(trial)
    else still.push(trial)
  }
  const said = `${JSON.stringify({ trials, still })}\n${cluster.logs()}`
  expect(
    trials.filter((trial) => !isWell(trial)),
    said,
  ).toEqual([])
  expect(trials.length, `the machine stands still too often to show anything: ${said}`).toBe(RUNS)
})

const isWell = ({ outageMs, isKept }: UpgradeTrial): boolean => isKept && outageMs === 0

const stoodStill = ({ waitedMs }: UpgradeTrial): boolean => waitedMs >= STILL_MS
