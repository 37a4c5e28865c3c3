import type { ClusterSpec, Member, Message, NodeId } from '../../model/index.ts'
import type { LedgerCheck } from './checks/ledger.ts'
import type { SimCluster } from './cluster.ts'
import type { SimMachine } from './machine.ts'
import type { SimNetwork } from './network.ts'
import type { EventQueue } from './queue.ts'
import type { SeededRandom } from './random.ts'
import type { Timeline } from './timeline.ts'

/** Sees a message as it leaves; true: it has seen enough. */
type Watcher = (from: NodeId, message: Message) => boolean

/** What faults work on, and how all of it is put right in the end. */
export class Scene {
  readonly queue: EventQueue
  readonly network: SimNetwork
  /** All machines there are, also those that have not run yet. */
  readonly all: readonly SimMachine[]
  readonly leaseMs: number
  /** Nodes that a change of configuration may bring in. */
  readonly reserve: readonly Member[]
  /** By node that left and got another data folder: until when nobody adds it. */
  readonly returning = new Map<NodeId, number>()
  /** Changes of the configuration that a node was asked for in the life that it is in, and has not answered. */
  readonly #wishes = new Set<{ readonly machine: SimMachine; readonly life: number }>()
  readonly #cluster: SimCluster
  readonly #timeline: Timeline
  readonly #founders: ReadonlySet<NodeId>
  /** Nodes that were told to end or to give everything up: they serve again only in another life. */
  readonly #leaving = new Set<SimMachine>()
  /** How many faults cut one link, or freeze one process, at present: the end of the last puts it right. */
  readonly #grips = new Map<unknown, number>()
  #watchers: Watcher[] = []
  #over = false

  constructor(cluster: SimCluster, timeline: Timeline, leaseMs: number, reserve: readonly Member[]) {
    this.#cluster = cluster
    this.#timeline = timeline
    this.queue = cluster.queue
    this.network = cluster.network
    this.all = cluster.machines
    this.#founders = new Set(cluster.machines.map(({ id }) => id).filter((id) => !reserve.some((member) => member.id === id)))
    this.leaseMs = leaseMs
    this.reserve = reserve
  }

  get over(): boolean {
    return this.#over
  }

  /** The machines on which anything ever ran or is about to. */
  get machines(): readonly SimMachine[] {
    return this.all.filter((machine) => machine.life > 0 || this.#founders.has(machine.id))
  }

  get coordinator(): SimMachine | undefined {
    return this.all.find((machine) => machine.coordinates)
  }

  get ledger(): LedgerCheck {
    return this.#cluster.checks.ledger
  }

  /** Does the configuration that was committed last name the node, or one that is on its way? */
  isMember(node: NodeId): boolean {
    const others = this.machines.filter(({ id }) => id !== node)
    if (others.some(({ written }) => written.spec.nodes.some(({ id }) => id === node))) return true
    for (let index = this.ledger.length; index > 0; index--) {
      const body = this.ledger.entryAt(index)?.body
      if (body?.type === 'cluster') return body.spec.nodes.some(({ id }) => id === node)
    }
    return this.#founders.has(node)
  }

  /** An operator asks for another configuration. A process that is frozen carries it out when it thaws. */
  askToConfigure(machine: SimMachine, spec: ClusterSpec, what: string, answer: (refused: string | null) => void): void {
    const wish = { machine, life: machine.life }
    this.#wishes.add(wish)
    machine.askToConfigure(spec, what, (refused) => {
      this.#wishes.delete(wish)
      answer(refused)
    })
  }

  /** Does a change of the configuration wait somewhere, to be carried out any moment? */
  get hasWishes(): boolean {
    return [...this.#wishes].some(({ machine, life }) => machine.life === life)
  }

  /** How long a fault lasts: mostly near the lease, where it matters. */
  lasting(random: SeededRandom): number {
    return this.leaseMs * random.pick([0.05, 0.5, 1, 2, 4]) * random.between(0.5, 1.5)
  }

  note(node: NodeId | '', what: string, detail: unknown): void {
    this.#timeline.add(this.queue.now, node, what, detail)
  }

  /** Puts one thing right again, or does the next part of a fault, unless all trouble is over by then. */
  after(delay: number, act: () => void): void {
    this.queue.after(delay, () => {
      if (!this.#over) act()
    })
  }

  watch(watcher: Watcher): void {
    this.#watchers.push(watcher)
    this.#cluster.onSend = (from, message) => this.#saw(from, message)
  }

  crash(machine: SimMachine, lasting: number): void {
    machine.crash('kill -9')
    this.after(lasting, () => machine.start())
  }

  leave(machine: SimMachine, lasting: number): void {
    this.#leaving.add(machine)
    this.after(lasting, () => {
      this.#leaving.delete(machine)
      machine.crash('second SIGTERM')
      machine.start()
    })
  }

  cut(chosen: NodeId, why: string, cuts: readonly (readonly [NodeId, NodeId])[], lasting: number): void {
    const words = cuts.map(([from, to]) => `${from}->${to}`).join(' ')
    this.note(chosen, 'CUT', `${why}: ${words}, ${lasting.toFixed(0)} ms`)
    for (const [from, to] of cuts) {
      this.#grip(`${from}->${to}`)
      this.network.setCut(from, to, true)
    }
    this.after(lasting, () => {
      const mended = cuts.filter(([from, to]) => this.#letGo(`${from}->${to}`))
      this.note(chosen, 'MEND', mended.map(([from, to]) => `${from}->${to}`).join(' '))
      for (const [from, to] of mended) this.network.setCut(from, to, false)
    })
  }

  freeze(machine: SimMachine, effects: number, lasting: number): void {
    const process = machine.process
    if (process === null) return
    this.note(machine.id, 'FREEZE', `after ${effects} effects, ${lasting.toFixed(0)} ms`)
    process.freeze(effects)
    this.#grip(process)
    this.after(lasting, () => {
      if (!this.#letGo(process)) return
      this.note(machine.id, 'THAW', '')
      process.thaw()
    })
  }

  /** Everything works again, and every machine runs, also those that were to join and did not come. */
  calm(): void {
    this.#over = true
    this.#watchers = []
    this.note('', 'CALM', 'faults end')
    this.network.heal()
    for (const machine of this.all) {
      machine.heal()
      if (this.#leaving.has(machine)) machine.crash('second SIGTERM')
      machine.start()
    }
  }

  #grip(what: unknown): void {
    this.#grips.set(what, (this.#grips.get(what) ?? 0) + 1)
  }

  /** True: that was the last. */
  #letGo(what: unknown): boolean {
    const left = (this.#grips.get(what) ?? 0) - 1
    this.#grips.set(what, left)
    return left <= 0
  }

  #saw(from: NodeId, message: Message): void {
    if (this.#watchers.length === 0) return
    this.#watchers = this.#watchers.filter((watcher) => !watcher(from, message))
  }
}
