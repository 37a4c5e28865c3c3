import type { ClusterLab, ClusterOptions } from '../cluster/cluster.ts'
import type { Host } from '../network/host.ts'
import type { HealthWatch } from './health-watch.ts'
import type { Visitor } from './visitor.ts'

/** Nodes behind a load balancer, whosever it is. */
export interface BalancedLab extends ClusterLab {
  readonly visitor: Visitor
  readonly watch: HealthWatch
  /** How the balancer asks, by its own settings. */
  readonly probe: { readonly everyMs: number; readonly rise: number; readonly fall: number }
  /** Resolves once the balancer takes this node for healthy, and no other. */
  untilAgreed(node: string): Promise<void>
  /** What its cluster needs. */
  readonly cluster: ClusterOptions
  /** A whole machine is gone: no packet comes through. */
  lose(host: Host): Promise<void>
  regain(host: Host): Promise<void>
  readonly broken: Promise<never>
  close(): void
}
