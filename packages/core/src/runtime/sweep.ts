import { setTimeout as sleep } from 'node:timers/promises'
import type { BackendPlugin } from '../backend.ts'
import { resolvePlugins } from '../config/plugins.ts'
import type { ClusterSpec, NodeId } from '../model/index.ts'
import type { Logger } from '../ports.ts'
import { stopServices } from '../service/leftovers.ts'
import type { PlacedPart } from '../service/started-record.ts'
import { reasonOf } from './kept-endpoint.ts'

export interface SweepOptions {
  readonly node: NodeId
  readonly spec: ClusterSpec
  /** Configurations that were in force before. */
  readonly earlier?: readonly ClusterSpec[]
  /** What of services may have been left running. */
  readonly services?: readonly PlacedPart[]
  readonly logger: Logger
  /** The daemon ends: no more tries. */
  readonly ended: Promise<unknown>
  /** What keeps this node from cleaning up, for people; said anew when it changes. */
  readonly onTrouble: (reason: string) => void
  /** Where plugins come from; the installed packages unless a test brings its own. */
  readonly resolve?: (kinds: Iterable<string>) => Promise<Plugins>
  /** The wait before the second try, in ms; it doubles from try to try. */
  readonly retryMs?: number
}

type Plugins = Awaited<ReturnType<typeof resolvePlugins>>

const retryMs = 1000
const retryMsMax = 15_000
/** A failure that stays the same is said once in this time. */
const sayEveryMs = 60_000

/** Takes down what an earlier life left on this machine. Retries until that is certain; false when the daemon ended before. */
export async function sweepLeftovers(options: SweepOptions): Promise<boolean> {
  if (wasAlwaysWitness(options)) return true
  const kinds = options.spec.groups.flatMap((group) => group.endpoints.map(({ backend }) => backend))
  const { plugins, failures } = await (options.resolve ?? resolvePlugins)(kinds)
  for (const [kind, failure] of failures) options.logger.error('plugin-missing', { kind, why: failure.message, fix: failure.fix })
  const sweeps = new Map([...plugins.values()].map((loaded) => [loaded.package, new Sweep(loaded.package, loaded.plugin, options)]))
  // The traffic goes first.
  const { services = [], spec, node, logger } = options
  const where = { cluster: spec.name, node, logger }
  if (services.length > 0) sweeps.set('services', new Sweep('services', { kinds: {}, sweep: () => stopServices(services, where) }, options))
  let over = false
  void options.ended.then(() => void (over = true))
  for (let waitMs = options.retryMs ?? retryMs; !over; waitMs = Math.min(2 * waitMs, retryMsMax)) {
    for (const [name, sweep] of sweeps) if (await sweep.run()) sweeps.delete(name)
    if (sweeps.size === 0) return true
    await Promise.race([sleep(waitMs), options.ended])
  }
  return false
}

/** Who never was to hold a group has left nothing behind, and may lack the rights to look. */
function wasAlwaysWitness({ node, spec, earlier = [], services = [] }: SweepOptions): boolean {
  return services.length === 0 && [...earlier, spec].every(({ nodes }) => nodes.some(({ id, witness }) => id === node && witness))
}

/** The cleaning up of one plugin, tried until it works. What fails is said, but not at each try. */
class Sweep {
  private readonly name: string
  private readonly plugin: BackendPlugin
  private readonly options: SweepOptions
  private said = ''
  private saidAt = -Infinity

  constructor(name: string, plugin: BackendPlugin, options: SweepOptions) {
    this.name = name
    this.plugin = plugin
    this.options = options
  }

  async run(): Promise<boolean> {
    const { spec, logger } = this.options
    try {
      const taken = (await this.plugin.sweep?.({ cluster: spec.name, logger })) ?? []
      if (taken.length > 0) logger.warn('swept', { plugin: this.name, taken })
      if (this.said !== '') logger.info('sweep-works', { plugin: this.name })
      return true
    } catch (error) {
      this.fail(error)
      return false
    }
  }

  private fail(error: unknown): void {
    const reason = reasonOf(error)
    const now = performance.now()
    if (reason === this.said && now - this.saidAt < sayEveryMs) return
    this.said = reason
    this.saidAt = now
    const named = error instanceof Error && 'code' in error && 'fix' in error ? { code: error.code, fix: error.fix } : {}
    this.options.logger.error('sweep-failed', { plugin: this.name, why: error instanceof Error ? error.message : String(error), ...named })
    this.options.onTrouble(reason)
  }
}
