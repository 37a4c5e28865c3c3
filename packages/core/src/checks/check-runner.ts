import type {
  CheckSpec,
  ClusterSpec,
  ClusterState,
  DataPosition,
  Epoch,
  Fitness,
  GroupId,
  GroupSpec,
  HoldingState,
  NodeId,
} from '../model/index.ts'
import type { Clock, Logger } from '../ports.ts'
import { newGroup } from './checked-group.ts'
import type { CheckedGroup } from './checked-group.ts'
import { fitnessOf } from './fitness.ts'
import { bad } from './kind.ts'
import type { CheckKind, Means, Probe, ProbeContext } from './kind.ts'
import { checkKinds } from './kinds.ts'
import { RunningCheck } from './running-check.ts'
import type { CheckStatus } from './running-check.ts'
import { Slots } from './slots.ts'
import type { Verdict } from './verdict.ts'

export interface CheckRunnerOptions {
  readonly node: NodeId
  readonly interfaces: Readonly<Record<string, string>>
  readonly clock: Clock
  readonly logger: Logger
  /** How fit this node is for a group as far as its checks tell; told again when it changes. */
  readonly onFitness: (group: GroupId, fitness: Fitness) => void
  /** How far this node's data is as a check of the group tells, and since when that is known; only of groups that go by it. */
  readonly onPosition?: (group: GroupId, told: DataPosition | null) => void
  /** Restarts the service of a group that this node serves. */
  readonly restart?: (group: GroupId) => Promise<void>
  /** Whether an operator has paused the group, and wants nothing of it restarted. */
  readonly isPaused?: (group: GroupId) => boolean
  /** Whether the group cannot be reached at the node that has it under this epoch, where that counts; null: nothing of the kind is known. */
  readonly onUnreached?: (group: GroupId, epoch: Epoch | null) => void
  /** The kinds there are; those of movip unless a test brings its own. */
  readonly kinds?: ReadonlyMap<string, CheckKind>
}

/** Runs the checks of this node's groups, beside everything else that the process does. */
export interface CheckRunner {
  onSpec(spec: ClusterSpec): void
  /** How far this node is with a group that it was given under this epoch; null: it has let go of it. */
  onHolding(group: GroupId, epoch: Epoch, state: HoldingState | null): void
  /** Who has which group by the log that this node has applied. */
  onAssignments(assignments: ClusterState['assignments']): void
  /** By group. Groups without checks are left out. */
  status(): Readonly<Record<GroupId, readonly CheckStatus[]>>
  close(): void
}

/**
 * So many probes at a time. A file system that hangs keeps a thread for each of its own, and there are only four of these. What the kernel
 * tells (/proc, /sys) takes a thread for a moment, and does not wait for file systems.
 */
const turns: Readonly<Record<Means, number>> = { network: 64, files: 2, kernel: 1, program: 8 }

export function createCheckRunner(options: CheckRunnerOptions): CheckRunner {
  return new GroupChecks(options)
}

class GroupChecks implements CheckRunner {
  private readonly options: CheckRunnerOptions
  private readonly kinds: ReadonlyMap<string, CheckKind>
  private readonly slots: Readonly<Record<Means, Slots>>
  private readonly groups = new Map<GroupId, CheckedGroup>()
  private assignments: ClusterState['assignments'] = {}
  private closed = false

  constructor(options: CheckRunnerOptions) {
    this.options = options
    this.kinds = options.kinds ?? checkKinds
    this.slots = {
      network: new Slots(turns.network),
      files: new Slots(turns.files),
      kernel: new Slots(turns.kernel),
      program: new Slots(turns.program),
    }
  }

  onSpec(spec: ClusterSpec): void {
    if (this.closed) return
    const { node } = this.options
    const site = spec.nodes.find(({ id }) => id === node)?.site
    const mine = new Map(spec.groups.filter(({ nodes }) => nodes.includes(node)).map((group) => [group.id, group]))
    for (const id of new Set([...this.groups.keys(), ...mine.keys()])) this.reconcile(id, mine.get(id), site)
  }

  /** What is the same as before goes on undisturbed. */
  private reconcile(id: GroupId, spec: GroupSpec | undefined, site: string | undefined): void {
    const group = this.groups.get(id) ?? newGroup(this.elsewhere(id))
    group.isByData = spec?.placement?.prefer === 'current'
    this.groups.set(id, group)
    const wanted = new Map(
      (spec?.checks ?? []).map((check) => {
        const context = this.contextOf(id, check, spec, site)
        return [JSON.stringify([check, context.addresses]), { check, context }]
      }),
    )
    for (const [key, check] of group.checks) {
      if (wanted.has(key)) continue
      check.close()
      group.checks.delete(key)
    }
    for (const [key, { check, context }] of wanted) {
      if (!group.checks.has(key)) group.checks.set(key, this.make(id, group, check, context))
    }
    this.setActive(id, group)
    if (spec === undefined) this.groups.delete(id)
  }

  private contextOf(group: GroupId, { kind }: CheckSpec, spec: GroupSpec | undefined, site: string | undefined): ProbeContext {
    const { node, interfaces } = this.options
    const here = (spec?.endpoints ?? []).filter(({ at }) => at === undefined || at === site || this.isFromPeers(kind))
    const addresses = here.flatMap(({ options: { address } }) => (typeof address === 'string' ? [address.replace(/\/\d+$/, '')] : []))
    return { node, group, interfaces, addresses }
  }

  private isFromPeers(kind: string): boolean {
    return this.kinds.get(kind)?.fromPeers ?? false
  }

  private make(id: GroupId, group: CheckedGroup, spec: CheckSpec, context: ProbeContext): RunningCheck {
    const kind = this.kinds.get(spec.kind)
    let state = 'idle'
    return new RunningCheck({
      spec,
      clock: this.options.clock,
      probe: openProbe(kind, spec, context),
      slots: this.slots[kind?.means ?? 'network'],
      phase: phaseOf(`${id} ${spec.id}`),
      onRestart: (why) => this.restart(id, group, spec.id, why),
      isPaused: () => this.options.isPaused?.(id) === true,
      onVerdict: (verdict) => {
        if (verdict.state !== state) this.log(id, spec.id, verdict)
        state = verdict.state
        this.tell(id, group)
        this.tellPosition(id, group)
      },
    })
  }

  /** Never rejects: a service that does not come up again fails its check again, or its part the group. */
  private restart(id: GroupId, group: CheckedGroup, check: string, why: string): Promise<void> {
    const { logger, restart } = this.options
    // Two checks that fail together ask for the same.
    if (group.restart !== null) return group.restart
    const about = { group: id, check, why }
    logger.warn('check-restarts', about)
    group.restart = (restart?.(id) ?? Promise.resolve())
      .then(
        () => logger.info('check-restarted', about),
        (error: unknown) => logger.warn('check-restart-failed', { ...about, why: error instanceof Error ? error.message : String(error) }),
      )
      .finally(() => (group.restart = null))
    return group.restart
  }

  /** Who has not reached the group since it complained last has no word: else it would chase the group from node to node. */
  private tellReach(id: GroupId, group: CheckedGroup): void {
    const states = [...group.checks.values()]
      .filter(({ spec: { kind, options } }) => this.isFromPeers(kind) && options['act'] === true)
      .map(({ present }) => present.state)
    const passes = states.length > 0 && states.every((state) => state === 'passing')
    if (passes) group.reached = true
    const epoch = group.reached && states.includes('failing') ? group.elsewhere : null
    if (epoch === group.unreached) return
    if (group.unreached !== null && !passes) group.reached = false
    group.unreached = epoch
    this.options.onUnreached?.(id, epoch)
  }

  private log(group: GroupId, check: string, verdict: Verdict): void {
    const { logger } = this.options
    if (verdict.state === 'failing') logger.warn('check-failing', { group, check, why: verdict.reason, failures: verdict.failures.length })
    else if (verdict.state === 'passing') logger.info('check-passing', { group, check })
  }

  private tell(id: GroupId, group: CheckedGroup): void {
    if (this.closed || group.changing) return
    this.tellReach(id, group)
    // What peers find is said of the holder.
    const own = [...group.checks.values()].filter(({ spec: { kind } }) => !this.isFromPeers(kind))
    const checks = own.map((check) => ({ id: check.spec.id, verdict: check.present }))
    const fitness = fitnessOf(checks, this.options.clock.now())
    const said = JSON.stringify(fitness)
    // A group that never had checks is not spoken of.
    if (said === group.told || (group.told === null && checks.length === 0)) return
    group.told = said
    this.options.onFitness(id, fitness)
  }

  onHolding(id: GroupId, epoch: Epoch, state: HoldingState | null): void {
    const group = this.groups.get(id)
    if (group === undefined || this.closed || epoch < group.epoch) return
    // Who has been active and claims again mends something.
    group.active = state === 'active' || (state === 'claiming' && group.active && epoch === group.epoch)
    group.epoch = epoch
    this.setActive(id, group)
  }

  /** What the first check of the group says that says it. */
  private tellPosition(id: GroupId, group: CheckedGroup): void {
    const { onPosition } = this.options
    if (this.closed || onPosition === undefined) return
    const told = group.isByData
      ? ([...group.checks.values()].map(({ position }) => position).find((position) => position !== null) ?? null)
      : null
    if (told?.at === group.toldPosition?.at && told?.position === group.toldPosition?.position) return
    group.toldPosition = told
    onPosition(id, told)
  }

  onAssignments(assignments: ClusterState['assignments']): void {
    if (this.assignments === assignments || this.closed) return
    this.assignments = assignments
    for (const [id, group] of this.groups) {
      const elsewhere = this.elsewhere(id)
      if (group.elsewhere === elsewhere) continue
      // What was found out about the last holder says nothing about the next one.
      group.elsewhere = null
      this.setActive(id, group)
      group.elsewhere = elsewhere
      this.setActive(id, group)
    }
  }

  private elsewhere(id: GroupId): Epoch | null {
    const { node = null, epoch = 0 } = this.assignments[id] ?? {}
    return node === null || node === this.options.node ? null : epoch
  }

  private setActive(id: GroupId, group: CheckedGroup): void {
    group.changing = true
    for (const check of group.checks.values()) check.setActive(this.isFromPeers(check.spec.kind) ? group.elsewhere === null : group.active)
    group.changing = false
    this.tell(id, group)
    this.tellPosition(id, group)
  }

  status(): ReturnType<CheckRunner['status']> {
    const checked = [...this.groups].filter(([, { checks }]) => checks.size > 0)
    return Object.fromEntries(checked.map(([id, { checks }]) => [id, [...checks.values()].map((check) => check.status())]))
  }

  close(): void {
    this.closed = true
    for (const { checks } of this.groups.values()) for (const check of checks.values()) check.close()
  }
}

/** A configuration may come from a newer version, whose kinds and options this one does not know. */
function openProbe(kind: CheckKind | undefined, spec: CheckSpec, context: ProbeContext): Probe {
  try {
    if (kind !== undefined) return kind.open(spec.options, context)
  } catch {
    return () => Promise.resolve(bad(`this version of movip does not understand the options of this ${spec.kind} check: upgrade this node`))
  }
  return () => Promise.resolve(bad(`this version of movip knows no ${spec.kind} checks: upgrade this node`))
}

/** The same for the same name at every start, and evenly spread over names. */
function phaseOf(name: string): number {
  let hash = 0x811c9dc5
  for (let position = 0; position < name.length; position += 1) hash = Math.imul(hash ^ name.charCodeAt(position), 0x01000193) >>> 0
  return hash / 2 ** 32
}
