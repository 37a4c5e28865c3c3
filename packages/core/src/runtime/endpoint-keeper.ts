import type { Backend, BackendContext, BackendIncident, HealthListener } from '../backend.ts'
import { resolvePlugins } from '../config/plugins.ts'
import type { ClusterSpec, EndpointSpec, Fitness, GroupId, Instant, NodeId } from '../model/index.ts'
import type { Clock, Logger } from '../ports.ts'
import type { GroupStatus } from '../runner/types.ts'
import type { ServiceContext } from '../service/control.ts'
import { ServicePart } from '../service/part.ts'
import { restartService } from '../service/restart.ts'
import type { StartedRecord } from '../service/started-record.ts'
import { candidatesOf, makerOf, wantedHere, watchdogStage } from './make-backend.ts'
import type { Stages } from './make-backend.ts'
import type { RunnerNews } from './turns.ts'
import { fitnessOf, keyOf, newlyKept, noteDelay, preflight, reasonOf, statusOfKept } from './kept-endpoint.ts'
import type { Kept, KeptStatus } from './kept-endpoint.ts'

export interface EndpointKeeperOptions {
  readonly node: NodeId
  readonly interfaces: Readonly<Record<string, string>>
  readonly secret: BackendContext['secret']
  readonly clock: Clock
  readonly logger: Logger
  readonly health: HealthListener
  readonly tellRunner: (news: RunnerNews) => void
  readonly onFitness: (group: GroupId, fitness: Fitness) => void
  /** How the group stands in the runner; null: it knows nothing of it. */
  readonly statusOf: (group: GroupId) => GroupStatus | null
  /** Whether an operator has paused the group, and wants nothing of it restarted. */
  readonly isPaused?: (group: GroupId) => boolean
  /** What backends found of something that they hold. */
  readonly onIncident?: (group: GroupId, endpoint: string, incident: BackendIncident) => void
  /** Where plugins come from; the installed packages unless a test brings its own. */
  readonly resolve?: typeof resolvePlugins
  readonly stages?: Stages
  /** Where services that are started are noted. */
  readonly record?: StartedRecord
}

/** Keeps the backends of this node's endpoints: makes, watches and closes them as the configuration says. */
export interface EndpointKeeper {
  onSpec(spec: ClusterSpec): void
  /** Something may have been released: what is no longer wanted can be closed. */
  look(): void
  backendOf(group: GroupId, endpoint: string): Backend | undefined
  /** A node was heard again: clients beside it may have missed what moved meanwhile. */
  announce(): void
  describe(group: GroupId, endpoint: string): KeptStatus
  /** Stops the service of a group and has it started again; resolves when it runs. */
  restart(group: GroupId): Promise<void>
  close(): Promise<void>
}

interface KeptGroup {
  readonly id: GroupId
  wanted: readonly EndpointSpec[]
  leaseMs: number
  readonly kept: Map<string, Kept>
  told: string | null
  fitness: string | null
  /** When it was last looked whether it could be held. */
  lookedAt: Instant
}

/** Everything that is wanted was made, and nothing else is left. */
function isSettled({ wanted, kept }: KeptGroup): boolean {
  return kept.size === wanted.length && [...kept.values()].every(({ backend }) => backend !== null)
}

/** A look beforehand has found something. */
function isHindered({ kept }: KeptGroup): boolean {
  return [...kept.values()].some(({ unfit }) => unfit.preflight !== null)
}

const tickMs = 1000
const retryMs = 5000
const preflightEveryMs = 30_000
/** What stands against it may be over any moment, and until that is seen the group has one node less to go to. */
const preflightAgainMs = 5000

export function createEndpointKeeper(options: EndpointKeeperOptions): EndpointKeeper {
  return new BackendKeeper(options)
}

class BackendKeeper implements EndpointKeeper {
  private readonly options: EndpointKeeperOptions
  private readonly groups = new Map<GroupId, KeptGroup>()
  /** Those of which something is still up that is no longer wanted. */
  private readonly waiting = new Set<KeptGroup>()
  private readonly resolve: NonNullable<EndpointKeeperOptions['resolve']>
  private spec: ClusterSpec | null = null
  private closed = false
  private cancelTick = (): void => undefined

  constructor(options: EndpointKeeperOptions) {
    this.options = options
    this.resolve = options.resolve ?? resolvePlugins
    this.tick()
  }

  onSpec(spec: ClusterSpec): void {
    this.spec = spec
    const site = this.siteIn(spec)
    const mine = new Map(spec.groups.filter((group) => group.nodes.includes(this.options.node)).map((group) => [group.id, group]))
    for (const id of new Set([...this.groups.keys(), ...mine.keys()])) {
      const group = this.groups.get(id) ?? {
        id,
        wanted: [],
        leaseMs: spec.timing.leaseMs,
        kept: new Map(),
        told: null,
        fitness: null,
        lookedAt: -Infinity,
      }
      this.groups.set(id, group)
      const isWatched = this.options.stages?.watchdog !== undefined && mine.has(id)
      group.wanted = [...(isWatched ? [watchdogStage] : []), ...wantedHere(mine.get(id), site)]
      group.leaseMs = spec.timing.leaseMs
      this.reconcile(group)
    }
  }

  /** First out with what is no longer wanted, once it is down; then in with the new. */
  private reconcile(group: KeptGroup): void {
    if (this.closed) return
    const now = this.options.clock.now()
    const wanted = new Map(group.wanted.map((spec) => [spec.id, spec]))
    const inRunner = new Set(this.options.statusOf(group.id)?.endpoints.map(({ id }) => id))
    const obsolete = [...group.kept.values()].filter((kept) => kept.key !== keyOf(wanted.get(kept.spec.id)))
    this.waiting.delete(group)
    if (obsolete.length > 0)
      this.tellEndpoints(
        group,
        [...group.kept.values()].filter((kept) => kept.backend && !obsolete.includes(kept)),
      )
    for (const kept of obsolete) {
      if (inRunner.has(kept.spec.id) || kept.makingSince !== null) {
        this.waiting.add(group)
        continue
      }
      group.kept.delete(kept.spec.id)
      void this.closeBackend(group, kept)
    }
    for (const spec of wanted.values()) {
      const kept = group.kept.get(spec.id) ?? newlyKept(spec)
      group.kept.set(spec.id, kept)
      const due = !kept.backend && kept.makingSince === null && now >= kept.retryAt
      if (due && !obsolete.includes(kept)) void this.make(group, kept)
    }
    const all = [...group.kept.values()]
    for (const kept of all) noteDelay(kept, now)
    if (all.every((kept) => kept.backend && !obsolete.includes(kept))) this.tellEndpoints(group, all)
    this.tellFitness(group)
  }

  private tellEndpoints(group: KeptGroup, kept: readonly Kept[]): void {
    const told = kept.map(({ key }) => key).join('\n')
    if (told === group.told) return
    group.told = told
    const endpoints = kept.flatMap(({ spec, backend }) => (backend ? [{ id: spec.id, capabilities: backend.capabilities }] : []))
    this.options.tellRunner({ type: 'endpoints', group: group.id, endpoints })
  }

  private tellFitness(group: KeptGroup): void {
    const fitness = fitnessOf([...group.kept.values()])
    const said = JSON.stringify(fitness)
    if (said === group.fitness) return
    if (fitness.level === 'fit') this.options.logger.info('fit', { group: group.id })
    // That a new endpoint takes its moment is no news.
    else if (fitness.level === 'unfit') this.options.logger.warn('unfit', { group: group.id, reasons: fitness.reasons })
    group.fitness = said
    this.options.onFitness(group.id, fitness)
  }

  private async make(group: KeptGroup, kept: Kept): Promise<void> {
    kept.makingSince = this.options.clock.now()
    try {
      const { describe, make } = await makerOf(kept.spec, this.resolve, this.options.stages, this.options.record)
      kept.describe = describe
      const backend = await make(this.contextOf(group, kept))
      // What is held already is observed by the runner.
      kept.unfit.preflight = this.isHeld(group.id) ? null : await preflight(backend)
      kept.backend = backend
      kept.unfit.making = null
    } catch (error) {
      kept.unfit.making = reasonOf(error)
      kept.retryAt = this.options.clock.now() + retryMs
    }
    kept.makingSince = null
    if (this.closed) await this.closeBackend(group, kept)
    else this.reconcile(group)
  }

  private contextOf(group: KeptGroup, kept: Kept): BackendContext & ServiceContext {
    return {
      cluster: this.spec?.name ?? '',
      node: this.options.node,
      site: this.siteIn(this.spec) ?? '',
      group: group.id,
      endpoint: kept.spec.id,
      interfaces: this.options.interfaces,
      secret: this.options.secret,
      clock: this.options.clock,
      logger: this.options.logger,
      health: this.options.health,
      candidates: () => candidatesOf(this.spec, group.id, kept.spec),
      // The present one at any time: a holder does not let go because the times were changed.
      get leaseMs() {
        return group.leaseMs
      },
      isPaused: () => this.options.isPaused?.(group.id) === true,
      changed: (why) => {
        if (!this.closed) this.options.tellRunner({ type: 'changed', group: group.id, endpoint: kept.spec.id, why })
      },
      fitness: (reason) => {
        kept.unfit.backend = reason
        // What the look beforehand found may be gone with it, and half a minute is long.
        if (kept.backend && kept.unfit.preflight !== null) this.lookBeforehand(group, kept, kept.backend)
        if (!this.closed) this.tellFitness(group)
      },
      incident: (incident) => this.options.onIncident?.(group.id, kept.describe, incident),
    }
  }

  private siteIn(spec: ClusterSpec | null): string | undefined {
    return spec?.nodes.find(({ id }) => id === this.options.node)?.site
  }

  private async closeBackend(group: KeptGroup, kept: Kept): Promise<void> {
    try {
      await kept.backend?.close()
    } catch (error) {
      this.options.logger.warn('close-failed', { group: group.id, endpoint: kept.spec.id, error: reasonOf(error) })
    }
  }

  private isHeld(group: GroupId): boolean {
    return (this.options.statusOf(group)?.state ?? null) !== null
  }

  /** Only where nothing is held: what is held is observed by the runner. Of very many groups a few at a time. */
  private preflightSome(): void {
    const now = this.options.clock.now()
    const due = [...this.groups.values()].filter(
      (group) => now - group.lookedAt >= (isHindered(group) ? preflightAgainMs : preflightEveryMs),
    )
    for (const group of due.slice(0, Math.ceil((this.groups.size * tickMs) / preflightEveryMs))) {
      group.lookedAt = now
      if (this.isHeld(group.id)) continue
      for (const kept of group.kept.values()) {
        if (kept.backend) this.lookBeforehand(group, kept, kept.backend)
      }
    }
  }

  private lookBeforehand(group: KeptGroup, kept: Kept, backend: Backend): void {
    void preflight(backend).then((finding) => {
      kept.unfit.preflight = finding
      if (!this.closed) this.tellFitness(group)
    })
  }

  private tick(): void {
    this.cancelTick = this.options.clock.at(this.options.clock.now() + tickMs, () => {
      for (const group of this.groups.values()) if (this.waiting.has(group) || !isSettled(group)) this.reconcile(group)
      this.preflightSome()
      this.tick()
    })
  }

  look(): void {
    // Who still has to wait comes back into it meanwhile.
    const waiting = [...this.waiting]
    for (const group of waiting) this.reconcile(group)
  }

  backendOf(group: GroupId, endpoint: string): Backend | undefined {
    return this.groups.get(group)?.kept.get(endpoint)?.backend ?? undefined
  }

  announce(): void {
    for (const group of this.groups.values()) for (const { backend } of group.kept.values()) backend?.announce?.()
  }

  describe(group: GroupId, endpoint: string): ReturnType<EndpointKeeper['describe']> {
    const kept = this.groups.get(group)?.kept.get(endpoint)
    return kept ? statusOfKept(kept) : { describe: endpoint, unfit: null }
  }

  restart(group: GroupId): Promise<void> {
    const kept = [...(this.groups.get(group)?.kept.values() ?? [])]
    const parts = kept.map(({ backend }) => backend).filter((backend) => backend instanceof ServicePart)
    return restartService(parts, this.options.clock)
  }

  async close(): Promise<void> {
    this.closed = true
    this.cancelTick()
    await Promise.all([...this.groups.values()].flatMap((group) => [...group.kept.values()].map((kept) => this.closeBackend(group, kept))))
  }
}
