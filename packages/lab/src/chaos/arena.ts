/** Where chaos happens: a lab, a cluster in it with odd clocks, and a client and an observer for each group. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { SeededRandom } from '@movip/core/testing/random'
import type { Cluster } from '../cluster/cluster.ts'
import { GROUP, startCluster } from '../cluster/cluster.ts'
import type { DiskKind } from '../faults/disk.ts'
import { bestDiskKind } from '../faults/disk.ts'
import type { Lab } from '../lab.ts'
import { startLab } from '../lab.ts'
import type { Client } from '../probes/client.ts'
import { startClient } from '../probes/client.ts'
import type { Observer } from '../probes/observer.ts'
import { startObserver } from '../probes/observer.ts'
import { startResponder } from '../probes/responder.ts'
import { CpuWatch } from './cpu-watch.ts'
import { LogTail } from './log-tail.ts'
import type { WallClock } from './odd-clocks.ts'
import { createWallClock, faketimeLibrary, shiftedStarts } from './odd-clocks.ts'
import { Supervisor } from './supervisor.ts'

export interface WatchedGroup {
  readonly name: string
  /** Its addresses. */
  readonly vips: readonly string[]
  readonly client: Client
  readonly observer: Observer
}

export interface Arena {
  readonly lab: Lab
  readonly cluster: Cluster
  readonly groups: readonly WatchedGroup[]
  readonly logs: LogTail
  readonly cpu: CpuWatch
  readonly supervisor: Supervisor
  readonly disk: DiskKind
  /** The wall clock that can be set, and of which node it is; null: libfaketime is not installed. */
  readonly wallClock: (WallClock & { readonly node: string }) | null
  /** Rejects when something that measures ends unasked. */
  readonly broken: Promise<never>
  close(): Promise<void>
}

const PITCH_MS = 5
const SECOND_GROUP = 'web-2'

export async function createArena(options: { readonly seed: number; readonly nodes: number }): Promise<Arena> {
  const nodes = Array.from({ length: options.nodes }, (_, i) => `n${i + 1}`)
  const lab = await startLab({ nodes, clientPitchMs: PITCH_MS })
  try {
    return await furnish(lab, options.seed)
  } catch (error) {
    lab.close()
    throw error
  }
}

async function furnish(lab: Lab, seed: number): Promise<Arena> {
  const folder = join(lab.network.folder.path, 'clocks')
  mkdirSync(folder)
  const [, second, third] = lab.network.nodes
  const library = faketimeLibrary()
  const clock = library === null ? null : createWallClock(folder, library)
  const shifted = shiftedStarts(folder, new SeededRandom(seed))
  const under = (name: string): readonly string[] => {
    if (name === second?.name && clock !== null) return clock.under
    return name === third?.name ? shifted() : []
  }
  const disk = await bestDiskKind(lab.network.folder.path)
  const cluster = await startCluster(lab, { groups: 2, disk, under })
  const second4 = lab.vips.ipv4.replace(/\d+$/, '51')
  const [responder, observer, client] = await Promise.all([
    startResponder(lab.network, [second4]),
    startObserver(lab.network, [second4]),
    startClient(lab.network, second4, PITCH_MS),
  ])
  return {
    lab,
    cluster,
    disk,
    groups: [
      { name: GROUP, vips: [lab.vips.ipv4, lab.vips.ipv6], client: lab.client, observer: lab.observer },
      { name: SECOND_GROUP, vips: [second4], client, observer },
    ],
    logs: new LogTail(cluster.daemons),
    cpu: new CpuWatch(cluster.daemons),
    supervisor: new Supervisor(cluster.daemons),
    wallClock: clock === null || second === undefined ? null : { ...clock, node: second.name },
    broken: Promise.race([lab.broken, responder.broken, observer.broken, client.broken]),
    async close() {
      for (const probe of [responder, observer, client]) probe.stop()
      await cluster.stop().catch(() => {})
      lab.close()
    },
  }
}
