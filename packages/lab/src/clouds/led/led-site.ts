import type { Cluster } from '../../cluster/cluster.ts'
import { startCluster } from '../../cluster/cluster.ts'
import type { Daemon } from '../../cluster/daemon.ts'
import type { LedMode } from './led-cloud.ts'
import { startLedLab } from './led-lab.ts'
import type { LedLab } from './led-lab.ts'

/** A cluster whose cloud leads to the holder. */
export interface Site {
  readonly lab: LedLab
  readonly cluster: Cluster
}

export async function startSite(mode: LedMode): Promise<Site> {
  const lab = await startLedLab(mode)
  return { lab, cluster: await startCluster(lab, lab.cluster) }
}

export async function endSite(site: Site | undefined): Promise<void> {
  await site?.cluster.stop()
  site?.lab.close()
}

export async function roles({ cluster }: Site): Promise<{ readonly holder: Daemon; readonly to: Daemon }> {
  const { holder } = await cluster.untilSteady()
  return { holder, to: another(cluster, holder) }
}

/** Whether everything leads to this node, and something does. */
export const everyLead = async ({ lab }: Site, to: string): Promise<boolean> => {
  const leads = await lab.leads()
  return leads.length > 0 && leads.every((name) => name === to)
}

function another({ daemons }: Cluster, { name: holder }: Daemon): Daemon {
  const found = daemons.find(({ name }) => name !== holder)
  if (found === undefined) throw new Error('invariant: there is another node')
  return found
}
