import { setTimeout as sleep } from 'node:timers/promises'
import type { BackendPlugin } from '../backend.ts'
import { resolvePlugins } from '../config/plugins.ts'
import type { ClusterSpec } from '../model/index.ts'
import type { Logger } from '../ports.ts'

export interface SweepOptions {
  readonly spec: ClusterSpec
  readonly logger: Logger
  /** The daemon ends: no more tries. */
  readonly ended: Promise<unknown>
}

const retryMs = 1000

/** Takes down what an earlier life left on this machine. Retries until that is certain; false when the daemon ended before. */
export async function sweepLeftovers(options: SweepOptions): Promise<boolean> {
  const kinds = options.spec.groups.flatMap((group) => group.endpoints.map(({ backend }) => backend))
  const { plugins, failures } = await resolvePlugins(kinds)
  for (const [kind, failure] of failures) options.logger.error('plugin-missing', { kind, why: failure.message })
  const left = new Map<string, BackendPlugin>([...plugins.values()].map((loaded) => [loaded.package, loaded.plugin]))
  let over = false
  void options.ended.then(() => void (over = true))
  while (!over) {
    for (const [name, plugin] of left) if (await sweep(name, plugin, options)) left.delete(name)
    if (left.size === 0) return true
    await Promise.race([sleep(retryMs), options.ended])
  }
  return false
}

async function sweep(name: string, plugin: BackendPlugin, { spec, logger }: SweepOptions): Promise<boolean> {
  try {
    const taken = (await plugin.sweep?.({ cluster: spec.name, logger })) ?? []
    if (taken.length > 0) logger.warn('swept', { plugin: name, taken })
    return true
  } catch (error) {
    logger.error('sweep-failed', { plugin: name, why: error instanceof Error ? error.message : String(error) })
    return false
  }
}
