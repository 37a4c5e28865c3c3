import type { NodeId } from '../../model/index.ts'
import { violate } from './checks/violation.ts'
import { SimCluster } from './cluster.ts'
import { FaultMaker } from './faults.ts'
import type { Parts } from './machine.ts'
import type { NetworkQuality } from './network.ts'
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
  readonly timeline: Timeline
  readonly shape: Shape
  readonly cluster: SimCluster
  readonly #faults: FaultMaker | null
  readonly #troubleMs: number

  constructor(options: WorldOptions) {
    const random = new SeededRandom(options.seed)
    this.timeline = new Timeline(options.verbose ?? false)
    this.shape = drawShape(random.fork(), options.shape)
    const { spec } = this.shape
    const skew = spec.timing.driftPpmMax / 2 / 1e6
    const rates = random.fork()
    this.cluster = new SimCluster({
      spec,
      random: random.fork(),
      parts: options.parts,
      timeline: this.timeline,
      quality: this.#quality(random.fork()),
      rate: () => 1 + rates.pick([-1, 1, rates.between(-1, 1)]) * skew,
    })
    const { queue, machines } = this.cluster
    for (const machine of machines) queue.at(random.between(0, spec.timing.electionMs), () => machine.start())
    this.#troubleMs = spec.timing.leaseMs * (options.troubleLeases ?? 25)
    const faults = options.faults === false ? null : new FaultMaker(this.cluster, random.fork(), this.timeline, spec.timing.leaseMs)
    if (faults !== null) this.cluster.onSend = (from, message) => faults.saw(from, message)
    this.#faults = faults
  }

  /** Longest time after the end of all faults until every group must be served: elections may have to be repeated. */
  get recoveryMs(): number {
    const { leaseMs, electionMs } = this.shape.spec.timing
    return 4 * (leaseMs + electionMs) + 1000
  }

  /** Runs trouble, then calm, and demands that every group is served again and stays so. */
  run(): void {
    const { queue, machines } = this.cluster
    if (this.#faults !== null) {
      this.#faults.start()
      queue.runUntil(this.#troubleMs)
      this.#faults.stop()
    }
    const calmAt = queue.now
    queue.runUntil(calmAt + this.recoveryMs)
    const { leaseMs } = this.shape.spec.timing
    while (queue.now < calmAt + this.recoveryMs + 4 * leaseMs) {
      const unserved = this.shape.spec.groups.find((group) => !machines.some((machine) => machine.serves(group.id)))
      if (unserved !== undefined)
        violate('soon one', `${unserved.id} is served by nobody, ${(queue.now - calmAt).toFixed(0)} ms after the last fault`)
      queue.runUntil(queue.now + leaseMs / 10)
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
