import { bootstrapStored } from '../../engine/apply.ts'
import type { ClusterSpec, Member, Message, NodeId } from '../../model/index.ts'
import { Checks } from './checks/checks.ts'
import { SimClock } from './clock.ts'
import { SimCloud } from './cloud.ts'
import { SimMachine } from './machine.ts'
import type { Parts } from './machine.ts'
import { SimNetwork } from './network.ts'
import type { NetworkQuality } from './network.ts'
import { EventQueue } from './queue.ts'
import type { SeededRandom } from './random.ts'
import type { Timeline } from './timeline.ts'

export interface ClusterOptions {
  readonly spec: ClusterSpec
  readonly random: SeededRandom
  readonly parts: Parts
  readonly timeline: Timeline
  readonly quality: (from: NodeId, to: NodeId) => NetworkQuality
  /** How fast the clock of a node runs. */
  readonly rate: (node: NodeId) => number
  /** Machines that are no members at first. */
  readonly reserve?: readonly Member[]
  /** Entries after which engines take a snapshot. */
  readonly compactAfter?: number
}

/** A machine that was switched off is back after so long. */
const OFF_MS = 1500

/** Machines on one network, none of them started, with every checker watching. */
export class SimCluster {
  readonly queue = new EventQueue()
  readonly network: SimNetwork
  readonly machines: readonly SimMachine[]
  readonly checks: Checks
  /** Sees every message as it leaves, after the checkers. */
  onSend: (from: NodeId, message: Message) => void = () => {}
  readonly #byId: ReadonlyMap<NodeId, SimMachine>

  constructor(options: ClusterOptions) {
    const { spec, random, parts, timeline, reserve = [], compactAfter } = options
    const cloud = new SimCloud()
    const ids = [...spec.nodes, ...reserve].map((node) => node.id)
    this.network = new SimNetwork(this.queue, random.fork(), ids, options.quality, (to, message) => this.machine(to).receive(message))
    this.machines = ids.map(
      (id) =>
        new SimMachine({
          id,
          stored: bootstrapStored(fileOf(spec, reserve, id)),
          clock: new SimClock(options.rate(id), random.between(0, 1e6)),
          queue: this.queue,
          random: random.fork(),
          parts,
          timeline,
          cloud,
          ...(compactAfter === undefined ? {} : { compactAfter }),
          send: (from, to, message) => {
            this.network.send(from, to, message)
            this.onSend(from, message)
          },
          switchOff: (node) => this.#switchOff(node),
        }),
    )
    this.#byId = new Map(this.machines.map((machine) => [machine.id, machine]))
    this.checks = new Checks(this.machines, bootstrapStored(spec).snapshot.state, () => this.queue.now)
    for (const machine of this.machines) machine.checks = this.checks
  }

  /** It comes up again, as a machine does that was reset. */
  #switchOff(node: NodeId): void {
    const machine = this.machine(node)
    machine.note('SWITCHED OFF', '')
    machine.reboot()
    this.queue.after(OFF_MS, () => machine.start())
  }

  machine(id: NodeId): SimMachine {
    const machine = this.#byId.get(id)
    if (machine === undefined) throw new Error(`there is no node ${id}`)
    return machine
  }
}

/** The cluster file beside a new data folder: that of a node which is to join names it, too. */
function fileOf(spec: ClusterSpec, reserve: readonly Member[], id: NodeId): ClusterSpec {
  const own = reserve.find((member) => member.id === id)
  return own === undefined ? spec : { ...spec, nodes: [...spec.nodes, own] }
}
