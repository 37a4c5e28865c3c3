import type { ClusterSpec, GroupId, GroupSpec, NodeId } from '../../model/index.ts'
import { longestServiceMs } from '../../model/index.ts'
import { CLOUD } from './addresses.ts'
import { violate } from './checks/violation.ts'
import { SimCluster } from './cluster.ts'
import { endMaintenance } from './end-maintenance.ts'
import { isExpendable, isSoByAll } from './expendable.ts'
import { FAULTS } from './faults.ts'
import { drawLastingTrouble } from './lasting-trouble.ts'
import type { LastingTrouble } from './lasting-trouble.ts'
import type { FolderCopy, Parts, SimMachine } from './machine.ts'
import type { NetworkQuality } from './network.ts'
import { drawPlan } from './plan.ts'
import type { PlannedFault } from './plan.ts'
import { SeededRandom } from './random.ts'
import { Scene } from './scene.ts'
import { drawShape } from './shape.ts'
import type { Shape, ShapeName } from './shape.ts'
import { Timeline } from './timeline.ts'

export interface WorldOptions {
  readonly seed: number
  readonly parts: Parts
  readonly shape?: ShapeName
  /** False: nothing goes wrong but the network's ordinary delays. */
  readonly faults?: boolean
  /** How far clocks may differ, as a multiple of what the cluster was promised; beyond about 2 the promise rule cannot hold. */
  readonly driftFactor?: number
  /** True time under faults, in leases. */
  readonly troubleLeases?: number
  /** Only these of the planned faults come; absent: all. */
  readonly keep?: readonly number[]
  /** Faults end at this true time at the latest, in ms. */
  readonly untilMs?: number
  /** Only so many of the groups are there. */
  readonly groups?: number
  /** Keeps everything for a replay. */
  readonly verbose?: boolean
}

/** How often a holder looks whether what it claimed is there: an attachment that a late call took away is put back by then. */
const OBSERVE_MS = 5000

/** A fence that was asked for may land late, and who was switched off has to come back and may be fenced once more. */
const FENCE_MS = 15_000

/** A data folder that is copied in the middle and put back at the end. */
interface Relapse {
  readonly machine: SimMachine
  readonly pauseMs: number
  copy: FolderCopy | null
}

/** A whole cluster in simulated time, all of it drawn from one seed. */
export class World {
  readonly timeline: Timeline
  readonly shape: Shape
  readonly cluster: SimCluster
  /** Numbers of the faults that have come. */
  readonly made: number[] = []
  readonly #plan: readonly PlannedFault[]
  readonly #scene: Scene
  readonly #troubleMs: number
  #relapse: Relapse | null = null
  /** Draws the node, if any, that is lost for good when all other trouble ends. */
  readonly #loss: SeededRandom
  /** Draws what trouble, if any, stays when all other ends. */
  readonly #lasting: SeededRandom
  #lastingTrouble: LastingTrouble | null = null

  constructor(options: WorldOptions) {
    const random = new SeededRandom(options.seed)
    this.timeline = new Timeline(options.verbose ?? false)
    this.shape = withGroups(drawShape(random.fork(), options.shape), options.groups)
    const { spec, reserve, compactAfter } = this.shape
    const { leaseMs, driftPpmMax, electionMs } = spec.timing
    const skew = (driftPpmMax / 2 / 1e6) * (options.driftFactor ?? 1)
    const rates = random.fork()
    this.cluster = new SimCluster({
      spec,
      reserve,
      compactAfter,
      random: random.fork(),
      parts: options.parts,
      timeline: this.timeline,
      quality: this.#quality(random.fork()),
      rate: () => 1 + rates.pick([-1, 1, rates.between(-1, 1)]) * skew,
    })
    this.#scene = new Scene(this.cluster, this.timeline, leaseMs, reserve)
    for (const machine of this.#scene.machines) this.cluster.queue.at(random.between(0, electionMs), () => machine.start())
    const plannedMs = leaseMs * (options.troubleLeases ?? 25)
    this.#troubleMs = Math.min(plannedMs, options.untilMs ?? Infinity)
    const withFaults = options.faults !== false
    const plan = withFaults
      ? drawPlan(random.fork(), {
          leaseMs,
          untilMs: plannedMs,
          changes: this.shape.name === 'changing',
          maintained: this.shape.name === 'maintained',
          upgraded: this.shape.name === 'upgraded',
          clouds: isInCloud(this.shape.spec),
        })
      : []
    this.#plan = plan.filter(({ number }) => options.keep?.includes(number) ?? true)
    this.#loss = random.fork()
    if (withFaults && this.shape.name !== 'changing') this.#planRelapse(random.fork(), plannedMs)
    this.#lasting = random.fork()
  }

  /** Longest time after the end of the faults until every group must be served: elections may have to be repeated. */
  get recoveryMs(): number {
    const specs = this.#specs()
    const timings = specs.map(({ timing }) => timing)
    const repairMs = specs.some(isInCloud) ? OBSERVE_MS : 0
    const leaseMs = Math.max(...timings.map((timing) => timing.leaseMs))
    const electionMs = Math.max(...timings.map((timing) => timing.electionMs))
    const learningMs = leaseMs * (this.#lastingTrouble?.learningLeases ?? 0)
    // One stop and one start may go wrong because of what was under way, and are made once more.
    const serviceMs = 2 * Math.max(...specs.map(longestServiceMs))
    const fenceMs = specs.some(({ groups }) => groups.some(({ fence }) => fence !== undefined)) ? FENCE_MS : 0
    return repairMs + 4 * (leaseMs + electionMs) + 1000 + learningMs + serviceMs + fenceMs
  }

  /** Runs trouble, then calm, and demands that every group is served again, by a node that is fit, and stays so. */
  run(): void {
    const { queue } = this.cluster
    for (const fault of this.#plan) queue.at(fault.at, () => this.#make(fault))
    if (this.#plan.length > 0) {
      queue.runUntil(this.#troubleMs)
      const isMaimed = this.#loseOne()
      this.#scene.calm()
      if (!isMaimed) this.#beginLastingTrouble()
      if (this.shape.name === 'maintained') endMaintenance(this.#scene)
    }
    this.#demandService()
    if (this.#relapse?.copy && !this.#hasOutcast) this.#putBack(this.#relapse.machine, this.#relapse.copy, this.#relapse.pauseMs)
    for (const { id, isStale, isGone } of this.cluster.machines)
      if (isStale && !isGone) violate('an old copy gives up', `${id} runs on an old copy of its data folder and goes on`)
  }

  get #hasOutcast(): boolean {
    return this.cluster.machines.some(({ isOutcast }) => isOutcast)
  }

  #make(fault: PlannedFault): void {
    if (this.#scene.over) return
    this.made.push(fault.number)
    this.#scene.note('', 'FAULT', `${fault.number}: ${fault.name}`)
    FAULTS[fault.name].make(this.#scene, fault.random)
  }

  /**
   * Where a quorum and some holder of each group are left without it, a node may stay away for ever. Not while a change of the configuration
   * waits: it may need that very node, and nobody can know in that moment that it is gone.
   */
  #loseOne(): boolean {
    if (this.#relapse !== null || this.#hasOutcast || !this.#loss.chance(0.3)) return false
    const machine = this.#loss.pick(this.#scene.machines)
    if (this.#scene.hasWishes || !isSoByAll(this.#scene.machines, (spec) => isExpendable(machine.id, spec))) return false
    machine.lose()
    return true
  }

  /** A node may stay unfit for ever, or unable to do what it is given: not either while a change of the configuration waits. */
  #beginLastingTrouble(): void {
    if (this.#relapse !== null || this.#hasOutcast || this.#scene.hasWishes || !this.#lasting.chance(0.6)) return
    this.#lastingTrouble = drawLastingTrouble(this.#scene, this.#lasting)
  }

  #demandService(): void {
    const { queue } = this.cluster
    const calmAt = queue.now
    // What was under way when the faults ended may yet make the times of the cluster longer.
    while (queue.now < calmAt + this.recoveryMs) queue.runUntil(calmAt + this.recoveryMs)
    this.#demandLettingGo()
    const { leaseMs } = this.shape.spec.timing
    const end = queue.now + 4 * leaseMs
    // A group that goes back to a better node is served by nobody for as long as the move takes.
    const patienceOf = ({ placement }: GroupSpec): number => (typeof placement?.failback === 'object' ? 2 * leaseMs : 0)
    const goingBack = this.#finalSpec().groups.filter((group) => patienceOf(group) > 0)
    const servedAt = new Map<GroupId, number>(goingBack.map(({ id }) => [id, queue.now]))
    while (queue.now < end) {
      const { groups } = this.#finalSpec()
      for (const group of groups) if (this.#isServed(group)) servedAt.set(group.id, queue.now)
      const unserved = groups.find(
        (group) => queue.now - (servedAt.get(group.id) ?? -Infinity) > patienceOf(group) && this.#hasNodes(group),
      )
      if (unserved !== undefined)
        violate(
          'soon one',
          `${unserved.id} is served by nobody${this.#onlyBy(unserved)}, ${(queue.now - calmAt).toFixed(0)} ms after the last fault`,
        )
      queue.runUntil(queue.now + leaseMs / 10)
    }
  }

  /** What the configuration does not name any more is served by nobody. */
  #demandLettingGo(): void {
    const { queue, checks } = this.cluster
    const configured = new Set(this.#finalSpec().groups.map(({ id }) => id))
    for (const { group, node } of checks.rights.running(queue.now))
      if (!configured.has(group)) violate('removed groups are let go', `${node} has a lease of ${group}, which is not configured any more`)
  }

  /** A group may be left to nodes that are lost for good, by a configuration that was on its way, or that cannot take it. */
  #hasNodes({ id: group, nodes }: GroupSpec): boolean {
    const isDisabled = (node: NodeId): boolean => this.#lastingTrouble?.disables(node, group) ?? false
    return this.cluster.machines.some(({ id, isGone }) => nodes.includes(id) && !isGone && !isDisabled(id))
  }

  #isServed(group: GroupSpec): boolean {
    return this.cluster.machines.some((machine) => machine.serves(group) && machine.fitnessOf(group.id).level !== 'unfit')
  }

  #onlyBy(group: GroupSpec): string {
    const server = this.cluster.machines.find((machine) => machine.serves(group))
    return server === undefined ? '' : ` but ${server.id}, which is unfit`
  }

  /** In some worlds a data folder is copied while all goes on, and put back in the end. */
  #planRelapse(random: SeededRandom, troubleMs: number): void {
    if (!random.chance(0.1)) return
    const relapse: Relapse = {
      machine: random.pick(this.cluster.machines),
      copy: null,
      pauseMs: this.shape.spec.timing.leaseMs * random.pick([0, 0.5, 3, 10]),
    }
    this.#relapse = relapse
    this.cluster.queue.at(troubleMs * random.between(0.1, 0.9), () => {
      if (relapse.machine.life > 0) relapse.copy = relapse.machine.copyFolder()
    })
  }

  /** The old copy shows a start that was surpassed: it must end by itself, and everybody else must go on. */
  #putBack(machine: SimMachine, copy: FolderCopy, pauseMs: number): void {
    const { queue } = this.cluster
    while (machine.copyFolder().generation < copy.generation + 2) {
      machine.crash('kill -9')
      machine.start()
      queue.runUntil(queue.now + this.recoveryMs)
    }
    machine.crash('kill -9')
    queue.runUntil(queue.now + pauseMs)
    this.#scene.note(machine.id, 'OLD COPY', `of life ${copy.generation} put back`)
    machine.putBack(copy)
    machine.start()
    this.#demandService()
  }

  /** Every configuration that was ever committed, the last one last. */
  #specs(): readonly ClusterSpec[] {
    const { ledger } = this.cluster.checks
    const specs = [this.shape.spec]
    for (let index = 1; index <= ledger.length; index++) {
      const body = ledger.entryAt(index)?.body
      if (body?.type === 'cluster') specs.push(body.spec)
    }
    return specs
  }

  #finalSpec(): ClusterSpec {
    return this.#specs().at(-1) ?? this.shape.spec
  }

  #quality(random: SeededRandom): (from: NodeId, to: NodeId) => NetworkQuality {
    const site = new Map([...this.shape.spec.nodes, ...this.shape.reserve].map((node) => [node.id, node.site]))
    const lossRate = random.pick([0, 0, 0.01])
    const doubleRate = random.pick([0, 0.02])
    const jitterMs = random.pick([0.2, 2, 10])
    return (from, to) => ({ baseMs: 0.1 + (site.get(from) === site.get(to) ? 0 : this.shape.distanceMs), jitterMs, lossRate, doubleRate })
  }
}

function isInCloud({ groups }: ClusterSpec): boolean {
  return groups.some(({ endpoints }) => endpoints.some(({ backend }) => backend === CLOUD))
}

function withGroups(shape: Shape, groups = Infinity): Shape {
  return { ...shape, spec: { ...shape.spec, groups: shape.spec.groups.slice(0, groups) } }
}
