import type { ClusterState, NodeId, Stored } from '../../model/index.ts'
import { Checks } from './checks/checks.ts'
import { violate } from './checks/violation.ts'
import { SimClock } from './clock.ts'
import { FaultMaker } from './faults.ts'
import { SimMachine } from './machine.ts'
import type { Parts } from './machine.ts'
import { SimNetwork } from './network.ts'
import type { NetworkQuality } from './network.ts'
import { EventQueue } from './queue.ts'
import { SeededRandom } from './random.ts'
import { drawShape } from './shape.ts'
import type { Shape, ShapeName } from './shape.ts'
import { Timeline } from './timeline.ts'

export interface WorldOptions {
  readonly seed: number
  readonly parts: Parts
  readonly shape?: ShapeName
  /** False: nothing goes wrong but the network's ordinary delays. */
  readonly faults?: boolean
  /** True time under faults, in leases. */
  readonly troubleLeases?: number
  /** Keeps everything for a replay. */
  readonly verbose?: boolean
}

/** A whole cluster in simulated time, all of it drawn from one seed. */
export class World {
  readonly queue = new EventQueue()
  readonly timeline: Timeline
  readonly shape: Shape
  readonly machines: readonly SimMachine[]
  readonly checks: Checks
  readonly network: SimNetwork
  readonly #faults: FaultMaker | null
  readonly #troubleMs: number

  constructor(options: WorldOptions) {
    const random = new SeededRandom(options.seed)
    this.timeline = new Timeline(options.verbose ?? false)
    this.shape = drawShape(random.fork(), options.shape)
    const { spec } = this.shape
    const ids = spec.nodes.map((node) => node.id)
    this.network = new SimNetwork(this.queue, random.fork(), ids, this.#quality(random.fork()), (to, message) => byId.get(to)?.receive(message))
    const skew = spec.timing.driftPpmMax / 2 / 1e6
    this.machines = ids.map((id) => new SimMachine({
      id,
      spec,
      stored: storedOf(initialState(this.shape)),
      clock: new SimClock(1 + random.pick([-1, 1, random.between(-1, 1)]) * skew, random.between(0, 1e6)),
      queue: this.queue,
      random: random.fork(),
      parts: options.parts,
      timeline: this.timeline,
      send: (from, to, message) => this.network.send(from, to, message),
    }))
    const byId = new Map<NodeId, SimMachine>(this.machines.map((machine) => [machine.id, machine]))
    this.checks = new Checks(this.machines, () => this.queue.now)
    for (const machine of this.machines) {
      machine.checks = this.checks
      this.queue.at(random.between(0, spec.timing.electionMs), () => machine.start())
    }
    this.#troubleMs = spec.timing.leaseMs * (options.troubleLeases ?? 25)
    this.#faults = options.faults === false ? null : new FaultMaker(this.queue, random.fork(), this.network, this.machines, this.timeline, spec.timing.leaseMs)
  }

  /** Longest time after the end of all faults until every group must be served: elections may have to be repeated. */
  get recoveryMs(): number {
    const { leaseMs, electionMs } = this.shape.spec.timing
    return 4 * (leaseMs + electionMs) + 1000
  }

  /** Runs trouble, then calm, and demands that every group is served again and stays so. */
  run(): void {
    if (this.#faults !== null) {
      this.#faults.start()
      this.queue.runUntil(this.#troubleMs)
      this.#faults.stop()
    }
    this.queue.runUntil(this.queue.now + this.recoveryMs)
    const { leaseMs } = this.shape.spec.timing
    const end = this.queue.now + 4 * leaseMs
    while (this.queue.now < end) {
      for (const group of this.shape.spec.groups) {
        if (!this.machines.some((machine) => machine.serves(group.id))) {
          violate('soon one', `${group.id} is served by nobody, ${(this.queue.now - end + 4 * leaseMs + this.recoveryMs).toFixed(0)} ms after the last fault`)
        }
      }
      this.queue.runUntil(this.queue.now + leaseMs / 10)
    }
  }

  #quality(random: SeededRandom): (from: NodeId, to: NodeId) => NetworkQuality {
    const site = new Map(this.shape.spec.nodes.map((node) => [node.id, node.site]))
    const lossRate = random.pick([0, 0, 0.01])
    const doubleRate = random.pick([0, 0.02])
    const jitterMs = random.pick([0.2, 2, 10])
    return (from, to) => ({ baseMs: 0.1 + (site.get(from) === site.get(to) ? 0 : this.shape.distanceMs), jitterMs, lossRate, doubleRate })
  }
}

function initialState({ spec }: Shape): ClusterState {
  return { spec, assignments: {}, bindings: {}, longestLeaseMs: spec.timing.leaseMs }
}

/** A new cluster's disk: the configuration as a snapshot before the log. */
function storedOf(state: ClusterState): Stored {
  return { hard: { term: 0, votedFor: null }, snapshot: { index: 0, term: 0, state }, entries: [] }
}
