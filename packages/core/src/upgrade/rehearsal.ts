import { readInChild } from '../adapters/storage/read-in-child.ts'
import { openStorage } from '../adapters/storage/open-storage.ts'
import { resolvePlugins } from '../config/plugins.ts'
import type { NodeConfig } from '../config/types.ts'
import type { ClusterSpec, NodeId } from '../model/index.ts'
import { clusterName, latestSpec, need } from '../runtime/bootstrap.ts'
import { bringToLife } from '../runtime/life.ts'
import { makerOf, wantedHere } from '../runtime/make-backend.ts'

/** What took long once may have had to wait for others; the daemon itself waits for nobody. */
const TRIES = 3

/**
 * Does what a daemon does before it serves, on a copy of its data folder and without touching anything else. Returns how long that took at best, ms,
 * as far as it is to be done again after the daemon that runs has ended. Throws where this program could not go on from there.
 */
export async function rehearse(node: NodeConfig, copy: string): Promise<number> {
  // The daemon that hands over has had the folder open all the time: it is read as a whole only here.
  await readInChild(copy)
  const cluster = await clusterName(node, null)
  const tookMs: number[] = []
  while (tookMs.length < TRIES) {
    const began = performance.now()
    const storage = await openStorage({ folder: copy, node: node.node, cluster, bootstrap: () => need(null), isVerified: true })
    try {
      const now = performance.now()
      bringToLife(node.node, storage, { now }).engine.step({ type: 'wake', now })
      tookMs.push(performance.now() - began)
      if (tookMs.length === TRIES) await loadEndpoints(latestSpec(storage.stored), node.node)
    } finally {
      await storage.close()
    }
  }
  return Math.min(...tookMs)
}

/** Every plugin that this node needs is there, and takes its options. They stay loaded. */
async function loadEndpoints(spec: ClusterSpec, self: NodeId): Promise<void> {
  const site = spec.nodes.find(({ id }) => id === self)?.site
  for (const group of spec.groups.filter(({ nodes }) => nodes.includes(self)))
    for (const endpoint of wantedHere(group, site)) await makerOf(endpoint, resolvePlugins)
}
