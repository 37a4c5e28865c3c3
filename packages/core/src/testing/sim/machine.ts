import type { Engine, EngineOptions } from '../../engine/types.ts'
import type { ClusterSpec, Fitness, GroupId, Incarnation, Index, Instant, Message, NodeId, Stored } from '../../model/index.ts'
import type { CallResult, Runner } from '../../runner/types.ts'
import type { Checks } from './checks/checks.ts'
import type { SimClock } from './clock.ts'
import { SimDisk } from './disk.ts'
import { SimEndpoint } from './endpoint.ts'
import type { BackendWeather } from './endpoint.ts'
import { SimProcess } from './process.ts'
import type { EngineNews, Surroundings } from './process.ts'
import type { EventQueue } from './queue.ts'
import type { SeededRandom } from './random.ts'
import { StoredLog } from './stored-log.ts'
import type { Timeline } from './timeline.ts'

/** The shipped parts under test; a test may put a broken one in their place. */
export interface Parts {
  engine(options: EngineOptions): Engine
  runner(options: { self: NodeId; now: Instant; spec: ClusterSpec }): Runner
}

export interface MachineOptions {
  readonly id: NodeId
  readonly spec: ClusterSpec
  readonly stored: Stored
  readonly clock: SimClock
  readonly queue: EventQueue
  readonly random: SeededRandom
  readonly parts: Parts
  readonly timeline: Timeline
  readonly send: (from: NodeId, to: NodeId | 'all', message: Message) => void
}

const CAPABILITIES = { exclusive: false, kernelFenced: true, settleMs: 10 } as const
const FIT: Fitness = { level: 'fit', reasons: [] }

/** One machine: kernel, disk and clock live on while the daemon on it comes and goes. */
export class SimMachine {
  readonly id: NodeId
  readonly clock: SimClock
  readonly disk: SimDisk
  readonly weather: BackendWeather = { latencyMs: 2, failRate: 0, hangRate: 0, unknownRate: 0 }
  readonly #options: MachineOptions
  readonly #endpoints = new Map<GroupId, Map<string, SimEndpoint>>()
  readonly #fitness = new Map<GroupId, Fitness>()
  readonly #aborts = new Map<number, () => void>()
  checks: Checks | null = null
  process: SimProcess | null = null
  /** Everything the present life asked its disk to write. */
  written: StoredLog
  life = 0
  oldUpTo: Index = 0
  /** Worst case of the event loop's tardiness, ms. */
  latenessMs = 1

  constructor(options: MachineOptions) {
    this.#options = options
    this.id = options.id
    this.clock = options.clock
    this.disk = new SimDisk(options.queue, options.random.fork(), options.stored, options.random.between(0.2, 6))
    this.written = new StoredLog(options.stored)
    for (const group of options.spec.groups) {
      if (!group.nodes.includes(this.id)) continue
      const endpoints = new Map<string, SimEndpoint>()
      for (const spec of group.endpoints) {
        const endpoint = new SimEndpoint(options.queue, options.random.fork(), options.clock, this.weather)
        endpoint.onUp = (epoch, until) => {
          options.timeline.add(options.queue.now, this.id, 'UP', `${group.id}/${spec.id} epoch ${epoch} until ${until.toFixed(3)}`)
          this.checks?.rights.up(options.queue.now, this, group.id, epoch, until)
        }
        endpoints.set(spec.id, endpoint)
      }
      this.#endpoints.set(group.id, endpoints)
      this.#fitness.set(group.id, FIT)
    }
  }

  get durable(): StoredLog {
    return this.disk.durable
  }

  /** Groups this machine may hold. */
  get groups(): readonly GroupId[] {
    return [...this.#endpoints.keys()]
  }

  /** Does traffic of the group come here? */
  isUp(group: GroupId): boolean {
    for (const endpoint of this.#endpoints.get(group)?.values() ?? []) if (endpoint.up) return true
    return false
  }

  /** Does all traffic of the group come here? */
  serves(group: GroupId): boolean {
    const endpoints = this.#endpoints.get(group)
    return endpoints !== undefined && [...endpoints.values()].every((endpoint) => endpoint.up)
  }

  start(): void {
    const { queue, random, parts, clock } = this.#options
    if (this.process !== null) return
    this.life += 1
    this.written = new StoredLog(this.disk.durable.copy())
    this.oldUpTo = this.life === 1 ? 0 : this.written.lastIndex
    this.checks?.ledger.began(this.id)
    this.#note('START', `life ${this.life}`)
    const now = clock.local(queue.now)
    const incarnation: Incarnation = { dataId: `disk-${this.id}`, generation: this.life }
    const draws = random.fork()
    const engine = parts.engine({ self: this.id, incarnation, stored: this.disk.durable.copy(), now, random: () => draws.next() })
    const process = new SimProcess(
      engine,
      parts.runner({ self: this.id, now, spec: this.#options.spec }),
      queue,
      clock,
      this.#surroundings(),
    )
    this.process = process
    const life = this.life
    const later = (delay: number, run: () => void): void =>
      queue.after(delay, () => {
        if (life === this.life && this.process !== null) run()
      })
    this.disk.open({
      persisted: (id) => this.tell({ type: 'persisted', id }),
      failing: (failing) => this.tell({ type: 'storage', failing }),
    })
    this.tell({ type: 'wake' })
    later(random.chance(0.3) ? 0 : random.between(0, 300), () => this.#sweep())
    for (const [group, fitness] of this.#fitness)
      later(random.between(0, 50), () => this.tell({ type: 'fitness', group, fitness: this.#fitness.get(group) ?? fitness }))
  }

  /** kill -9, or the end of a stopped daemon. The kernel's timers run on. */
  crash(why: string): void {
    if (this.process === null) return
    this.#note('DOWN', why)
    this.process.end()
    this.process = null
    this.#aborts.clear()
    this.disk.crash()
    for (const endpoint of this.#all()) endpoint.crash()
  }

  /** The whole machine goes down: its addresses with it, and its clock begins anew. */
  reboot(): void {
    this.crash('reboot')
    for (const endpoint of this.#all()) endpoint.remove()
    this.checks?.rights.rebooted(this)
    this.clock.reboot(this.#options.queue.now)
  }

  /** Everything around the daemon works again as it should. */
  heal(): void {
    this.disk.heal()
    Object.assign(this.weather, { failRate: 0, hangRate: 0, unknownRate: 0, latencyMs: 2 })
    for (const endpoint of this.#all()) endpoint.heal()
    this.latenessMs = 1
    this.process?.thaw()
    for (const group of this.groups) this.setFitness(group, { level: 'fit', reasons: [] })
  }

  receive(message: Message): void {
    if (this.process === null) return
    if (message.type !== 'beat' || this.#options.timeline.keepsAll) this.#note('hears', message)
    this.process.tell({ type: 'message', message })
  }

  tell(news: EngineNews): void {
    this.process?.tell(news)
  }

  setFitness(group: GroupId, fitness: Fitness): void {
    if (!this.#fitness.has(group)) return
    this.#fitness.set(group, fitness)
    this.#note('FITNESS', `${group} ${fitness.level}`)
    this.tell({ type: 'fitness', group, fitness })
  }

  /** Somebody deletes an address behind the daemon's back. */
  removeAddress(group: GroupId): void {
    for (const [id, endpoint] of this.#endpoints.get(group) ?? []) {
      if (!endpoint.up) continue
      endpoint.remove()
      this.#note('REMOVED', `${group}/${id}`)
      this.process?.tellRunner({ type: 'changed', group, endpoint: id, why: 'the address was deleted' })
    }
  }

  #all(): SimEndpoint[] {
    return [...this.#endpoints.values()].flatMap((endpoints) => [...endpoints.values()])
  }

  #sweep(): void {
    for (const endpoint of this.#all()) endpoint.sweep(this.life)
    this.tell({ type: 'swept' })
  }

  #note(what: string, detail: unknown): void {
    this.#options.timeline.add(this.#options.queue.now, this.id, what, detail)
  }

  #surroundings(): Surroundings {
    const { queue, random, timeline } = this.#options
    const life = this.life
    return {
      write: (write) => {
        this.checks?.ledger.writes(this, write)
        this.written.apply(write)
        this.disk.write(write)
      },
      send: (to, message) => {
        this.checks?.sent(this, message)
        this.#options.send(this.id, to, message)
      },
      call: (call) => {
        const endpoint = this.#endpoints.get(call.group)?.get(call.endpoint)
        if (endpoint === undefined) throw new Error(`${this.id} calls ${call.group}/${call.endpoint}, which it does not have`)
        const settle = (result: CallResult): void => {
          this.#aborts.delete(call.call)
          if (life === this.life) this.process?.tellRunner({ type: 'settled', call: call.call, result })
        }
        const abort = endpoint.call(call.operation, call.grant, call.epoch, life, settle)
        this.#aborts.set(call.call, abort)
      },
      abort: (call) => this.#aborts.get(call)?.(),
      renew: (renewal) => this.#endpoints.get(renewal.group)?.get(renewal.endpoint)?.renew(renewal.grant) ?? false,
      seesEffect: (effect) => {
        if (effect.type === 'wake') return
        if (effect.type === 'lease') this.checks?.lease(this, effect)
        if (timeline.keepsAll || (effect.type === 'send' ? effect.message.type !== 'beat' : effect.type !== 'lease'))
          this.#note('does', effect.type === 'send' ? effect.message : effect)
        if (effect.type === 'spec') this.#giveEndpoints()
        if (effect.type === 'stopped')
          queue.after(0, () => {
            if (life === this.life) this.crash('stopped')
          })
        if (effect.type === 'fatal') this.checks?.fatal(this, effect.message)
      },
      seesRunnerEffect: (effect) => {
        if (effect.type !== 'wake' && (timeline.keepsAll || effect.type !== 'renew')) this.#note('runner', effect)
      },
      seesNews: (news) => {
        if (news.type === 'released') this.checks?.rights.released(this, news.group, news.epoch)
        else if (news.type === 'swept') this.checks?.rights.swept(this)
        if (timeline.keepsAll && news.type !== 'message' && news.type !== 'wake') this.#note('learns', news)
      },
      lateness: () => (random.chance(0.01) ? random.between(0, this.latenessMs * 20) : random.between(0, this.latenessMs)),
    }
  }

  #giveEndpoints(): void {
    for (const [group, endpoints] of this.#endpoints) {
      this.process?.tellRunner({
        type: 'endpoints',
        group,
        endpoints: [...endpoints.keys()].map((id) => ({ id, capabilities: CAPABILITIES })),
      })
    }
  }
}
