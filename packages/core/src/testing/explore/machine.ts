import { Brain } from '../../engine/brain.ts'
import { engineOf } from '../../engine/engine.ts'
import type { Effect, Input } from '../../engine/types.ts'
import type { Epoch, Fitness, GroupId, HardState, Incarnation, Message, NodeId, Stored, Write } from '../../model/index.ts'
import { violate } from '../sim/checks/violation.ts'
import { WireCheck } from '../sim/checks/wire.ts'
import { StoredLog } from '../sim/stored-log.ts'

type WithoutNow<T> = T extends unknown ? Omit<T, 'now'> : never
type News = WithoutNow<Input>

/** Everything that lasts of one node. An explored world is made of these, of what flies between them, and of nothing else. */
export interface Machine {
  readonly id: NodeId
  /** null: the process is down. */
  brain: Brain | null
  frozen: boolean
  /** Lives so far. */
  generation: number
  /** What is on disk. */
  disk: Stored
  /** Begun and not yet on disk, oldest first. */
  writes: Write[]
  /** What the runner is about to tell the engine, oldest first. */
  answers: News[]
  /** How long traffic may come here by the kernel's timer, which outlives the process. */
  rights: Record<GroupId, Right>
}
interface Right {
  readonly epoch: Epoch
  readonly generation: number
  readonly until: number
}

/** What a machine may do besides hearing a message. */
export const DEEDS = [
  'tick',
  'persist',
  'answer',
  'crash',
  'crash-written',
  'restart',
  'bounce',
  'bounce-written',
  'freeze',
  'thaw',
  'move',
  'give-up',
] as const
export type Deed = (typeof DEEDS)[number]

/** What came of one deed besides the machine itself. */
export interface Outcome {
  /** The write that is on disk since; 0: none is. */
  readonly written: number
  readonly sent: { readonly to: NodeId | 'all'; readonly message: Message }[]
  /** Those that begin; not their renewals. */
  readonly leases: { readonly group: GroupId; readonly epoch: Epoch }[]
}

/** The instant of everything that happens: between two deeds a machine is kept relative to it. */
const NOW = 0
const FIT: Fitness = { level: 'fit', reasons: [] }

export function newMachine(id: NodeId, disk: Stored): Machine {
  return { id, brain: null, frozen: false, generation: 0, disk, writes: [], answers: [], rights: {} }
}

/** What every life of a machine is born with. */
export interface Birth {
  /** In place of a random number, always. */
  readonly luck: number
  readonly compactAfter: number
}

export function newBrain(self: NodeId, incarnation: Incarnation, stored: Stored, { luck, compactAfter }: Birth): Brain {
  return new Brain({ self, incarnation, stored, now: NOW, random: () => luck, compactAfter })
}

/** One machine in the middle of a deed. */
export class Doing implements Outcome {
  readonly machine: Machine
  readonly #birth: Birth
  written = 0
  readonly sent: { readonly to: NodeId | 'all'; readonly message: Message }[] = []
  readonly leases: { readonly group: GroupId; readonly epoch: Epoch }[] = []

  constructor(machine: Machine, birth: Birth) {
    this.machine = machine
    this.#birth = birth
  }

  hear(message: Message): void {
    this.#tell({ type: 'message', message })
  }

  do(deed: Deed): void {
    const { machine } = this
    switch (deed) {
      case 'tick':
        if (!machine.frozen && machine.brain !== null && machine.brain.wakeAt <= NOW) this.#tell({ type: 'wake' })
        return
      case 'persist':
        return this.#persist()
      case 'answer':
        return this.#answer()
      case 'crash':
      case 'crash-written':
        return this.#crash(deed === 'crash-written')
      case 'restart':
        return this.#start()
      case 'bounce':
      case 'bounce-written':
        this.#crash(deed === 'bounce-written')
        return this.#start()
      case 'freeze':
      case 'thaw':
        machine.frozen = deed === 'freeze'
        if (deed === 'thaw') this.do('tick')
        return
      case 'move': {
        const [group] = Object.keys(machine.brain?.state.assignments ?? {})
        if (group !== undefined) this.#tell({ type: 'request', id: 'move', request: { type: 'switchover', group } })
        return
      }
      case 'give-up':
        return this.#tell({ type: 'release-all' })
    }
  }

  /** The process is gone; of what it was writing the disk has nothing, or all. */
  #crash(written: boolean): void {
    const { machine } = this
    if (written) for (const write of machine.writes) this.#apply(write)
    machine.brain = null
    machine.frozen = false
    machine.writes = []
    machine.answers = []
  }
  #start(): void {
    const { machine } = this
    machine.generation += 1
    const incarnation = { dataId: `data-${machine.id}`, generation: machine.generation }
    machine.brain = newBrain(machine.id, incarnation, machine.disk, this.#birth)
    machine.answers = [{ type: 'swept' }]
    for (const { id, nodes } of machine.brain.state.spec.groups)
      if (nodes.includes(machine.id)) machine.answers.push({ type: 'fitness', group: id, fitness: FIT })
    this.#tell({ type: 'wake' })
  }
  #persist(): void {
    const write = this.machine.writes.shift()
    if (write === undefined) throw new Error('nothing is being written')
    this.#apply(write)
    this.written = write.id
    this.#tell({ type: 'persisted', id: write.id })
  }
  #apply(write: Write): void {
    const { machine } = this
    if (write.hard !== undefined) keepsWord(machine, write.hard)
    const log = new StoredLog(machine.disk)
    log.apply(write)
    machine.disk = log.copy()
  }
  #answer(): void {
    const { machine } = this
    const news = machine.answers.shift()
    if (news === undefined) throw new Error('the runner has nothing to say')
    // By then everything is down: of this epoch, or of all earlier lives.
    for (const [group, right] of Object.entries(machine.rights)) {
      const isDown =
        (news.type === 'released' && news.group === group && right.epoch <= news.epoch) ||
        (news.type === 'swept' && right.generation < machine.generation)
      if (isDown) delete machine.rights[group]
    }
    this.#tell(news)
  }

  #tell(news: News): void {
    const { brain } = this.machine
    if (brain === null) throw new Error(`${this.machine.id} is down`)
    for (const effect of engineOf(brain).step({ ...news, now: NOW } as Input)) this.#perform(effect)
  }
  #perform(effect: Effect): void {
    const { machine } = this
    switch (effect.type) {
      case 'persist':
        machine.writes.push(effect.write)
        return
      case 'send': {
        const durable = new StoredLog(machine.disk)
        new WireCheck().sent({ id: machine.id, written: durable, durable }, effect.message)
        this.sent.push({ to: effect.to, message: effect.message })
        return
      }
      case 'lease':
        return this.#lease(effect)
      case 'drop':
        machine.answers.push({ type: 'released', group: effect.group, epoch: effect.epoch })
        return
      case 'fatal':
        return violate('no false alarm', `${machine.id} gives up although nothing is wrong with its data: ${effect.message}`)
      default:
    }
  }
  #lease({ group, epoch, until }: Extract<Effect, { type: 'lease' }>): void {
    const { machine } = this
    const before = machine.rights[group]
    if (new StoredLog(machine.disk).lastIndex < epoch)
      violate('lease by an entry on disk', `${machine.id} takes a lease of ${group}@${epoch}`)
    if (before?.epoch !== epoch || before.generation !== machine.generation) {
      machine.answers.push({ type: 'holding', group, epoch, state: 'active' })
      this.leases.push({ group, epoch })
    }
    machine.rights[group] = { epoch, generation: machine.generation, until: Math.max(until, before?.until ?? until) }
  }
}

/** A word given once is kept: terms grow, and a vote is given once a term. */
function keepsWord({ id, disk }: Machine, { term, votedFor }: HardState): void {
  const before = disk.hard
  const isOther = term === before.term && before.votedFor !== null && votedFor !== before.votedFor
  if (term < before.term || isOther)
    violate(
      'one vote a term',
      `${id} writes term ${term}, vote ${votedFor ?? '-'} over term ${before.term}, vote ${before.votedFor ?? '-'}`,
    )
}
