import { startProbe } from '../../probes/child.ts'
import type { CloudNetwork } from '../network/cloud-network.ts'
import type { BalancerConfig, Health } from './config.ts'
import { plugBalancer } from './plug.ts'

/** One judgement of a backend that has changed. `at` is in ms of this machine's monotonic clock. */
export interface HealthChange extends Health {
  readonly at: number
}

/** A load balancer that works. */
export interface Balancer {
  /** What it thinks of each backend now, as its last answer was. */
  health(): readonly Health[]
  readonly changes: readonly HealthChange[]
  /** From now on it does this instead, for the same address and the same backends, members or not. Resolves once packets go by it. */
  configure(config: BalancerConfig): Promise<void>
  /** Resolves once it thinks so of the backends: these are healthy, and no others. */
  untilHealthy(names: readonly string[]): Promise<HealthChange | null>
  readonly broken: Promise<never>
  stop(): void
}

/** Starts a balancer beside the router of a network; it is taken down with that. */
export async function startBalancer(
  { folder, switch: router }: Pick<CloudNetwork, 'folder' | 'switch'>,
  config: BalancerConfig,
  onHealth: (health: Health) => void = () => {},
): Promise<Balancer> {
  const namespace = `${folder.prefix}-lb`
  await plugBalancer(router, namespace, config)
  const changes: HealthChange[] = []
  const known = new Map<string, Health>(config.backends.map(({ name }) => [name, { name, healthy: false, reason: 'not asked so far' }]))
  const waiting = new Set<() => void>()
  const configuring: (() => void)[] = []
  const onLine = ([kind, at, health]: readonly unknown[]): void => {
    if (kind === 'configured') return configuring.shift()?.()
    const heard = health as Health
    known.set(heard.name, heard)
    onHealth(heard)
    if (kind === 'health') changes.push({ at: at as number, ...heard })
    for (const look of waiting) look()
  }
  const probe = await startProbe({ namespace, module: '../clouds/load-balancer/balancer-process', argument: config, onLine })
  const isHealthyOnly = (names: readonly string[]): boolean =>
    [...known.values()].every(({ name, healthy }) => healthy === names.includes(name))
  return {
    health: () => [...known.values()],
    changes,
    configure(changed) {
      const done = new Promise<void>((resolve) => configuring.push(resolve))
      probe.tell(changed)
      return Promise.race([done, probe.broken])
    },
    untilHealthy(names) {
      const so = new Promise<HealthChange | null>((resolve) => {
        const look = (): void => {
          if (!isHealthyOnly(names)) return
          waiting.delete(look)
          resolve(changes.at(-1) ?? null)
        }
        waiting.add(look)
        look()
      })
      return Promise.race([so, probe.broken])
    },
    broken: probe.broken,
    stop: () => probe.stop(),
  }
}
