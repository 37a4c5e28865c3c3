import type { Message, NodeId } from '../../model/index.ts'
import type { SimCluster } from './cluster.ts'
import type { SimMachine } from './machine.ts'
import type { SimNetwork } from './network.ts'
import type { EventQueue } from './queue.ts'
import type { SeededRandom } from './random.ts'
import type { Timeline } from './timeline.ts'

const WEIGHTS = {
  crash: 10,
  freeze: 8,
  isolate: 6,
  split: 5,
  bridge: 3,
  oneWay: 8,
  pair: 5,
  clog: 6,
  lossy: 4,
  diskStall: 6,
  diskFail: 4,
  backend: 5,
  fitness: 5,
  switchover: 14,
  stop: 4,
  removed: 3,
  tardy: 3,
  releaseAll: 1,
  all: 1,
  reboot: 4,
} as const
type FaultName = keyof typeof WEIGHTS

/** Makes trouble from a seed until it is told to stop, and then puts everything right. */
export class FaultMaker {
  readonly #queue: EventQueue
  readonly #random: SeededRandom
  readonly #network: SimNetwork
  readonly #machines: readonly SimMachine[]
  readonly #timeline: Timeline
  readonly #leaseMs: number
  readonly #weights: Record<FaultName, number>
  readonly #meanGapMs: number
  /** How often a node dies just after it has said something that it must not forget, and is back at once. */
  readonly #blinkRate: number
  /** Nodes that were told to end or to give everything up: they serve again only in another life. */
  readonly #leaving = new Set<SimMachine>()
  #over = false
  #requests = 0

  constructor(cluster: SimCluster, random: SeededRandom, timeline: Timeline, leaseMs: number) {
    this.#queue = cluster.queue
    this.#random = random
    this.#network = cluster.network
    this.#machines = cluster.machines
    this.#timeline = timeline
    this.#leaseMs = leaseMs
    // Each world knows only some kinds of trouble, so that rare combinations get their turn.
    this.#weights = { ...WEIGHTS }
    for (const name of Object.keys(WEIGHTS) as FaultName[]) if (random.chance(0.4)) this.#weights[name] = 0
    this.#weights.switchover += 1
    this.#blinkRate = random.pick([0, 0, 0.02, 0.2])
    this.#meanGapMs = leaseMs * random.pick([0.3, 0.8, 1.5])
  }

  start(): void {
    this.#next()
  }

  /** Some moments are worse than others: a vote, an acknowledgement, a word of release has just left. */
  saw(from: NodeId, message: Message): void {
    if (this.#over || this.#blinkRate === 0 || !this.#random.chance(this.#blinkRate * weightOf(message))) return
    const machine = this.#machines.find((each) => each.id === from)
    if (machine === undefined) return
    this.#after(this.#random.between(0, 2), () => this.#crash(machine, this.#random.between(0, 3)))
  }

  stop(): void {
    this.#over = true
    this.#note('', 'CALM', 'faults end')
    this.#network.heal()
    for (const machine of this.#machines) {
      machine.heal()
      if (this.#leaving.has(machine)) machine.crash('second SIGTERM')
      machine.start()
    }
  }

  #next(): void {
    this.#queue.after(-Math.log(1 - this.#random.next()) * this.#meanGapMs, () => {
      if (this.#over) return
      this.#make(this.#random.weighted(this.#weights))
      this.#next()
    })
  }

  #make(fault: FaultName): void {
    const random = this.#random
    const machine = random.pick(this.#machines)
    const lasting = this.#leaseMs * random.pick([0.05, 0.5, 1, 2, 4]) * random.between(0.5, 1.5)
    switch (fault) {
      case 'crash':
        return this.#crash(machine, lasting)
      case 'reboot':
        machine.reboot()
        return this.#after(lasting, () => machine.start())
      case 'all':
        for (const each of this.#machines) this.#crash(each, lasting * random.next())
        return
      case 'freeze':
        return this.#freeze(machine, lasting)
      case 'isolate':
      case 'split':
      case 'bridge':
      case 'oneWay':
      case 'pair':
        return this.#partition(fault, machine.id, lasting)
      case 'clog':
        return this.#clog(machine.id, lasting)
      case 'lossy':
        return this.#lossy(lasting)
      case 'tardy':
        machine.latenessMs = random.between(1, 60)
        return this.#after(lasting, () => (machine.latenessMs = 1))
      default:
        return this.#local(fault, machine, lasting)
    }
  }

  #local(fault: FaultName, machine: SimMachine, lasting: number): void {
    const random = this.#random
    const group = machine.groups.length > 0 ? random.pick(machine.groups) : undefined
    switch (fault) {
      case 'diskStall':
        this.#note(machine.id, 'STALL', `${lasting.toFixed(0)} ms`)
        return machine.disk.stall(this.#queue.now + lasting)
      case 'diskFail':
        this.#note(machine.id, 'DISK FULL', `${lasting.toFixed(0)} ms`)
        machine.disk.setFailing(true)
        return this.#after(lasting, () => machine.disk.setFailing(false))
      case 'backend':
        Object.assign(machine.weather, {
          failRate: random.pick([0, 0.3, 1]),
          hangRate: random.pick([0, 0.2, 0.7]),
          unknownRate: random.pick([0, 0.5]),
          latencyMs: random.pick([2, 20, 150]),
        })
        this.#note(machine.id, 'BACKEND', { ...machine.weather })
        return this.#after(lasting, () => Object.assign(machine.weather, { failRate: 0, hangRate: 0, unknownRate: 0, latencyMs: 2 }))
      case 'fitness':
        if (group === undefined) return
        machine.setFitness(group, { level: random.pick(['unfit', 'keep']), reasons: ['a simulated check'] })
        return this.#after(lasting, () => machine.setFitness(group, { level: 'fit', reasons: [] }))
      case 'switchover':
        return this.#switchover(machine)
      case 'stop':
        this.#note(machine.id, 'SIGTERM', '')
        machine.tell({ type: 'stop' })
        return this.#leave(machine, this.#leaseMs * 5)
      case 'releaseAll':
        this.#note(machine.id, 'RELEASE', 'everything')
        machine.tell({ type: 'release-all' })
        return this.#leave(machine, lasting)
      case 'removed':
        if (group !== undefined) machine.removeAddress(group)
        return
      default:
    }
  }

  #switchover(machine: SimMachine): void {
    const groups = [...new Set(this.#machines.flatMap((each) => each.groups))]
    const group = this.#random.pick(groups)
    const to = this.#random.chance(0.3) ? undefined : this.#random.pick(this.#machines).id
    const id = `r${++this.#requests}`
    this.#note(machine.id, 'REQUEST', `${id} switchover ${group} to ${to ?? 'anybody'}`)
    machine.tell({ type: 'request', id, request: { type: 'switchover', group, ...(to === undefined ? {} : { to }) } })
  }

  #crash(machine: SimMachine, lasting: number): void {
    machine.crash('kill -9')
    this.#after(lasting, () => machine.start())
  }

  #leave(machine: SimMachine, lasting: number): void {
    this.#leaving.add(machine)
    this.#after(lasting, () => {
      this.#leaving.delete(machine)
      machine.crash('second SIGTERM')
      machine.start()
    })
  }

  #freeze(machine: SimMachine, lasting: number): void {
    const process = machine.process
    if (process === null) return
    const effects = this.#random.chance(0.3) ? 0 : 1 + this.#random.int(12)
    this.#note(machine.id, 'FREEZE', `after ${effects} effects, ${lasting.toFixed(0)} ms`)
    process.freeze(effects)
    this.#after(lasting, () => {
      this.#note(machine.id, 'THAW', '')
      process.thaw()
    })
  }

  #partition(fault: 'isolate' | 'split' | 'bridge' | 'oneWay' | 'pair', chosen: NodeId, lasting: number): void {
    const ids = this.#machines.map((machine) => machine.id)
    const others = this.#random.shuffled(ids.filter((id) => id !== chosen))
    const cuts: [NodeId, NodeId][] = []
    const both = (a: NodeId, b: NodeId): void => {
      cuts.push([a, b], [b, a])
    }
    const half = others.slice(0, Math.ceil(others.length / 2))
    const rest = others.slice(half.length)
    if (fault === 'isolate') for (const other of others) both(chosen, other)
    else if (fault === 'split') for (const a of [chosen, ...rest]) for (const b of half) both(a, b)
    else if (fault === 'bridge') for (const a of half) for (const b of rest) both(a, b)
    else if (fault === 'pair') both(chosen, others[0] as NodeId)
    else {
      const deaf = this.#random.chance(0.5)
      for (const other of this.#random.chance(0.5) ? others : others.slice(0, 1)) cuts.push(deaf ? [other, chosen] : [chosen, other])
    }
    this.#note(chosen, 'CUT', `${fault}: ${cuts.map(([from, to]) => `${from}->${to}`).join(' ')}, ${lasting.toFixed(0)} ms`)
    for (const [from, to] of cuts) this.#network.setCut(from, to, true)
    this.#after(lasting, () => {
      this.#note(chosen, 'MEND', cuts.map(([from, to]) => `${from}->${to}`).join(' '))
      for (const [from, to] of cuts) this.#network.setCut(from, to, false)
    })
  }

  #clog(chosen: NodeId, lasting: number): void {
    const other = this.#random.pick(this.#machines.filter((machine) => machine.id !== chosen)).id
    this.#note(chosen, 'CLOG', `${chosen}->${other}, ${lasting.toFixed(0)} ms`)
    this.#network.setClogged(chosen, other, true)
    this.#after(lasting, () => this.#network.setClogged(chosen, other, false))
  }

  #lossy(lasting: number): void {
    const rate = this.#random.pick([0.05, 0.3, 0.6])
    this.#note('', 'LOSSY', `${rate}, ${lasting.toFixed(0)} ms`)
    const all = (lossRate: number): void => {
      for (const a of this.#machines) for (const b of this.#machines) if (a !== b) this.#network.setLoss(a.id, b.id, lossRate)
    }
    all(rate)
    this.#after(lasting, () => all(0))
  }

  /** Puts one thing right again, unless everything was. */
  #after(delay: number, mend: () => void): void {
    this.#queue.after(delay, () => {
      if (!this.#over) mend()
    })
  }

  #note(node: NodeId | '', what: string, detail: unknown): void {
    this.#timeline.add(this.#queue.now, node, what, detail)
  }
}

/** How much a message binds its sender. An acknowledgement is the rule, and every restart makes new ones. */
function weightOf(message: Message): number {
  if (message.type === 'vote-answer') return message.granted && !message.pre ? 1 : 0
  if (message.type === 'beat') return message.released.length > 0 ? 0.1 : 0
  return message.type === 'append-answer' && message.ok ? 0.05 : 0
}
