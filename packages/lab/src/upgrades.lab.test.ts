import { afterAll, beforeAll, expect, it } from 'vitest'
import { upgradeOnce } from './bench/upgrades.ts'
import type { UpgradeTrial } from './bench/upgrades.ts'
import type { Cluster } from './cluster/cluster.ts'
import { startCluster } from './cluster/cluster.ts'
import type { Lab } from './lab.ts'
import { startLab } from './lab.ts'

/** A busy machine may stand still for longer than a lease, in any run; in one of so many it does not. */
const RUNS_MAX = 6

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

it('the daemon of the holder is replaced in its process, the group stays under its epoch, and no question of the client goes unanswered', async () => {
  const trials: UpgradeTrial[] = []
  const isWell = ({ outageMs, isKept }: UpgradeTrial): boolean => isKept && outageMs === 0
  while (!trials.some(isWell) && trials.length < RUNS_MAX) {
    const { holder } = await cluster.untilSteady()
    const pid = holder.pid()
    trials.push(await upgradeOnce(lab, cluster))
    expect(holder.pid(), cluster.logs()).toBe(pid)
  }
  expect(trials.some(isWell), `${JSON.stringify(trials)}\n${cluster.logs()}`).toBe(true)
})
