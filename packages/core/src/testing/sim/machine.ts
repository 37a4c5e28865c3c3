import type { Engine, EngineOptions } from '../../engine/types.ts'
import type {
  Adoption,
  ChangeRequest,
  ClusterReply,
  ClusterSpec,
  Epoch,
  Fitness,
  GroupId,
  GroupSpec,
  HandedLease,
  Incarnation,
  Index,
  Instant,
  Message,
  MoveRequest,
  NodeId,
  Stored,
} from '../../model/index.ts'
import { moveMs, votersOf } from '../../model/index.ts'
import type { Runner } from '../../runner/types.ts'
import { releaseMs } from '../../runtime/open-requests.ts'
import type { OpenRequests } from '../../runtime/open-requests.ts'
import { SimAddresses } from './addresses.ts'
import { FINE } from './call-pipe.ts'
import type { BackendWeather } from './call-pipe.ts'
import type { Checks } from './checks/checks.ts'
import type { Ticket } from './checks/replies.ts'
import type { Applied } from './checks/step.ts'
import type { SimClock } from './clock.ts'
import type { SimCloud } from './cloud.ts'
import { SimDisk } from './disk.ts'
import { SimProcess } from './process.ts'
import type { EngineNews } from '../../runtime/turns.ts'
import type { EventQueue } from './queue.ts'
import type { SeededRandom } from './random.ts'
import type { FenceReach } from './fence.ts'
import { SimService } from './service.ts'
import { StoredLog } from './stored-log.ts'
import { LifeSurroundings } from './surroundings.ts'
import type { Timeline } from './timeline.ts'

/** The shipped parts under test; a test may put a broken one in their place. */
export interface Parts {
  engine(options: EngineOptions): Engine
  runner(options: { self: NodeId; now: Instant; spec: ClusterSpec; adopted?: Adoption['leases'] }): Runner
  /** What an engine has applied, where anybody may look. */
  applied?(engine: Engine): Applied | null
}

export interface MachineOptions {
  readonly id: NodeId
  readonly stored: Stored
  readonly clock: SimClock
  readonly queue: EventQueue
  readonly random: SeededRandom
  readonly parts: Parts
  readonly timeline: Timeline
  readonly cloud: SimCloud
  /** Entries after which the engine takes a snapshot. */
  readonly compactAfter?: number
  readonly send: (from: NodeId, to: NodeId | 'all', message: Message) => void
  /** Somebody switches that machine off; it starts again by itself. */
  readonly switchOff: (node: NodeId) => void
}

/** However late an event loop may be, an answer is there by so long after its time. */
const PATIENCE_MS = 2000
const FIT: Fitness = { level: 'fit', reasons: [] }

/** A data folder as somebody saved it. */
export interface FolderCopy {
  readonly stored: Stored
  readonly generation: number
}

/** One machine: kernel, disk and clock live on while the daemon on it comes and goes. */
export class SimMachine {
  readonly id: NodeId
  readonly clock: SimClock
  readonly disk: SimDisk
  readonly weather: BackendWeather = { ...FINE }
  readonly #options: MachineOptions
  readonly #addresses: SimAddresses
  readonly #fitness = new Map<GroupId, Fitness>()
  #generation = 0
  #folders = 1
  /** What a daemon that is being replaced has handed over; the next life takes it. */
  #handed: Adoption | null = null
  /** What was handed over last, as nobody in this world keeps it: to which life, and by epoch. */
  #heir: { readonly life: number; readonly leases: ReadonlyMap<Epoch, HandedLease> } = { life: 0, leases: new Map() }
  checks: Checks | null = null
  process: SimProcess | null = null
  /** Everything the present life asked its disk to write. */
  written: StoredLog
  life = 0
  oldUpTo: Index = 0
  /** The configuration that a daemon here applied last. */
  spec: ClusterSpec
  /** Its data folder is not what its peers know: nobody may listen to it. */
  isOutcast = false
  /** What its right folder held when it was lost. */
  lost: StoredLog | null = null
  /** Its data folder is an old copy that its peers have seen surpassed: it must end by itself. */
  isStale = false
  /** It never starts again. */
  isGone = false
  /** Whether it can switch others off. */
  canFence = true
  /** Told when a claim is about to leave for a cloud. */
  onCloudClaim: (() => void) | null = null
  /** Worst case of the event loop's tardiness, ms. */
  latenessMs = 1

  constructor(options: MachineOptions) {
    this.#options = options
    this.id = options.id
    this.clock = options.clock
    this.disk = new SimDisk(options.queue, options.random.fork(), options.stored, options.random.between(0.2, 6))
    this.written = new StoredLog(options.stored)
    this.spec = options.stored.snapshot.state.spec
    const { queue, random, clock } = options
    this.#addresses = new SimAddresses({
      node: this.id,
      queue,
      random,
      clock,
      weather: this.weather,
      cloud: options.cloud,
      onUp: (group, endpoint, up) => {
        this.note('UP', `${group}/${endpoint} epoch ${up.epoch} until ${up.until.toFixed(3)}${up.isAborted ? ', LATE' : ''}`)
        this.checks?.up(this, { group, endpoint }, up)
      },
      onStray: (group, endpoint, epoch) => this.note('STRAY', `${group}/${endpoint} epoch ${epoch}`),
      onStart: (group) => {
        this.note('STARTS', group)
        if (!this.isOutcast) this.checks?.services.starts(this, group)
      },
      reach: (group) => this.#reach(group),
      hasLease: (group) => this.checks?.rights.runs(queue.now, this.id, group) ?? false,
    })
    this.#addresses.add(this.spec)
  }

  /** By epoch what the present life was handed over. */
  get adopted(): ReadonlyMap<Epoch, HandedLease> {
    return this.#heir.life === this.life ? this.#heir.leases : new Map()
  }

  get durable(): StoredLog {
    return this.disk.durable
  }

  /** Groups this machine may hold, as far as its daemon knows. */
  get groups(): readonly GroupId[] {
    return this.spec.groups.filter((group) => group.nodes.includes(this.id)).map(({ id }) => id)
  }

  /** Does its daemon take itself for the coordinator? */
  get coordinates(): boolean {
    return this.process?.engine.status(this.clock.local(this.#options.queue.now)).role === 'coordinator'
  }

  get isVoter(): boolean {
    return votersOf(this.written.spec).includes(this.id)
  }

  endpointsOf(group: GroupId): readonly string[] {
    return this.spec.groups.find(({ id, nodes }) => id === group && nodes.includes(this.id))?.endpoints.map(({ id }) => id) ?? []
  }

  /** Does traffic of the group come here? */
  isUp(group: GroupId): boolean {
    return this.#addresses.isUp(group)
  }

  /** The same by what the kernel ends with the lease. */
  isFencedUp(group: GroupId): boolean {
    return this.#addresses.isFencedUp(group)
  }

  /** Does any part of the group's service run here? */
  runsService(group: GroupId): boolean {
    return this.#addresses.partsOf(group).some(({ runs }) => runs)
  }

  /** Does all of it run here, or has only just died? */
  hasService(group: GroupId): boolean {
    return this.#addresses.partsOf(group).every(({ runs, hasDied }) => runs || hasDied)
  }

  /** True time since which its daemon could notice what happens; Infinity: it cannot. */
  get awakeSince(): number {
    return this.process?.awakeSince ?? Infinity
  }

  /** Does all traffic of the group come here, rightly? */
  serves(group: GroupSpec): boolean {
    return this.#addresses.isServed(group)
  }

  start(): void {
    const { queue, random, parts, clock } = this.#options
    if (this.process !== null || this.isGone) return
    this.life += 1
    this.#generation += 1
    this.written = new StoredLog(this.disk.durable.copy())
    this.oldUpTo = this.life === 1 ? 0 : this.written.lastIndex
    this.checks?.began(this)
    this.note('START', `life ${this.life}`)
    const now = clock.local(queue.now)
    const incarnation: Incarnation = { dataId: this.folder, generation: this.#generation }
    const draws = random.fork()
    const { compactAfter } = this.#options
    const adopted = this.#handed
    this.#handed = null
    const engine = parts.engine({
      self: this.id,
      incarnation,
      stored: this.disk.durable.copy(),
      now,
      random: () => draws.next(),
      ...(compactAfter === undefined ? {} : { compactAfter }),
      ...(adopted === null ? {} : { adopted }),
    })
    const surroundings = new LifeSurroundings(this, this.#options, this.#addresses)
    const runner = parts.runner({ self: this.id, now, spec: this.spec, ...(adopted === null ? {} : { adopted: adopted.leases }) })
    this.process = new SimProcess(engine, runner, queue, clock, surroundings)
    this.disk.open({
      persisted: (id) => this.tell({ type: 'persisted', id }),
      failing: (failing) => this.tell({ type: 'storage', failing }),
    })
    this.tell({ type: 'wake' })
    this.#tellWindows(this.life % 2 === 0)
    // A sweep would take down what the life before has left up on purpose.
    if (adopted === null) this.later(random.chance(0.3) ? 0 : random.between(0, 300), () => this.#sweep())
  }

  /** The daemon is replaced in its place by another, which runs so much later; not while anything is on its way. */
  upgrade(afterMs: number): void {
    this.process?.handOver((handed) => {
      this.note('UPGRADE', { afterMs, ...handed })
      this.crash('upgrade')
      this.#handed = handed
      this.#heir = { life: this.life + 1, leases: new Map(handed.leases.map((lease) => [lease.epoch, lease])) }
      this.#options.queue.after(afterMs, () => {
        if (this.#handed === handed) this.start()
      })
    })
  }

  /** kill -9, or the end of a stopped daemon. The kernel's timers run on. */
  crash(why: string): void {
    // A daemon that dies before it has come up has used nothing of what it was handed over, and nobody else does.
    if (this.#handed !== null) this.#heir = { life: 0, leases: new Map() }
    this.#handed = null
    if (this.process === null) return
    this.note('DOWN', why)
    // Start after start, unheard, the number of an old copy would come to be as high as the one that is known.
    if (this.isStale) this.isGone = true
    this.process.end()
    this.checks?.ended(this)
    this.process = null
    this.disk.crash()
    for (const endpoint of this.#addresses.all()) endpoint.crash()
  }

  /** Nobody will ever see it again. */
  lose(): void {
    this.isGone = true
    this.crash('lost for good')
    for (const endpoint of this.#addresses.all()) endpoint.powerOff()
    this.checks?.rights.rebooted(this)
  }

  /** The whole machine goes down: its addresses with it, and its clock begins anew. */
  reboot(): void {
    this.crash('reboot')
    for (const endpoint of this.#addresses.all()) endpoint.powerOff()
    this.checks?.rights.rebooted(this)
    this.clock.reboot(this.#options.queue.now)
  }

  /** Everything around the daemon works again as it should. */
  heal(): void {
    this.disk.heal()
    this.onCloudClaim = null
    this.clearWeather()
    for (const endpoint of this.#addresses.all()) endpoint.heal()
    this.latenessMs = 1
    this.process?.thaw()
    this.tell({ type: 'lateness', latenessMs: 1 })
    this.#tellWindows(true)
    for (const group of this.#fitness.keys()) this.setFitness(group, FIT)
  }

  clearWeather(): void {
    Object.assign(this.weather, FINE)
  }

  /** What is on the disk now, as a copy somewhere else. */
  copyFolder(): FolderCopy {
    return { stored: this.disk.durable.copy(), generation: this.#generation }
  }

  /** Somebody puts an old copy in the place of the data folder. */
  putBack(copy: FolderCopy): void {
    this.crash('an old copy is put back')
    this.isStale = true
    this.#castOut()
    this.disk.replace(copy.stored)
    this.#generation = copy.generation
  }

  /** Its data folder is lost, and a new one takes its place. */
  empty(): void {
    this.crash('its folder is emptied')
    this.#castOut()
    this.#replaceFolder()
  }

  /** It has left the cluster and gets a new data folder, as a member to come. */
  renewFolder(): void {
    this.crash('it left')
    this.note('NEW FOLDER', '')
    this.#replaceFolder()
  }

  #replaceFolder(): void {
    this.disk.replace(this.#options.stored)
    this.#folders += 1
    this.#generation = 0
  }

  get hasFirstFolder(): boolean {
    return this.#folders === 1
  }

  /** Name of its present data folder. */
  get folder(): string {
    return this.#folders === 1 ? `disk-${this.id}` : `disk-${this.id}-${this.#folders}`
  }

  receive(message: Message): void {
    if (this.process === null) return
    if (message.type !== 'beat' || this.#options.timeline.keepsAll) this.note('hears', message)
    this.process.tell({ type: 'message', message })
  }

  tell(news: EngineNews): void {
    this.process?.tell(news)
  }

  /** An operator asks for a planned move, and waits for so long. */
  ask(request: MoveRequest, withinMs: number = moveMs): void {
    this.#serve(`switchover ${request.group} to ${request.to ?? 'anybody'}`, withinMs, (requests, done) =>
      requests.request(request, withinMs, done),
    )
  }

  /** An operator asks for a change, by way of any node. */
  askForChange(request: ChangeRequest, answer: (reply: ClusterReply) => void): void {
    this.#serve(request.type, moveMs, (requests, done) =>
      requests.request(request, moveMs, (reply) => {
        done(reply)
        answer(reply)
      }),
    )
  }

  /** An operator has everything given up. */
  askToRelease(): void {
    this.#serve('release', releaseMs, (requests, done) =>
      requests.releaseAll(releaseMs, (outcome) => {
        done(outcome)
        this.checks?.replies.releasedAll(this, outcome)
      }),
    )
  }

  /** An operator applies another configuration; `answer` gets null, or why it is refused. */
  askToConfigure(spec: ClusterSpec, what: string, answer: (refused: string | null) => void): void {
    this.#serve(`configure: ${what}`, moveMs, (requests, done) =>
      requests.configure(spec, (refused) => {
        done({ refused })
        answer(refused)
      }),
    )
  }

  fitnessOf(group: GroupId): Fitness {
    return this.#fitness.get(group) ?? FIT
  }

  setFitness(group: GroupId, fitness: Fitness): void {
    this.#fitness.set(group, fitness)
    this.note('FITNESS', `${group} ${fitness.level}`)
    this.tell({ type: 'fitness', group, fitness })
  }

  /** Does the group ask that nobody may still run it elsewhere before it is started? */
  isFenced(group: GroupId): boolean {
    return this.spec.groups.some(({ id, fence }) => id === group && fence !== undefined)
  }

  #reach(group: GroupId): FenceReach {
    const { clock, queue, switchOff } = this.#options
    return {
      suspects: () => (this.process?.engine.state().suspects?.[group] ?? []).filter(({ node }) => node !== this.id),
      isHeard: (node) => {
        const known = this.process?.engine.status(clock.local(queue.now)).nodes.find(({ id }) => id === node)
        return (known?.heardAgoMs ?? Infinity) < this.spec.timing.leaseMs
      },
      works: () => this.canFence,
      switchOff,
      clear: (node, epochs) => this.askForChange({ type: 'clear', node, epochs, how: `fenced by ${this.id}` }, () => {}),
    }
  }

  /** Somebody deletes an address behind the daemon's back. */
  removeAddress(group: GroupId): void {
    for (const [id, endpoint] of this.#addresses.of(group)) {
      if (!endpoint.up && !(endpoint instanceof SimService && endpoint.runs)) continue
      endpoint.remove()
      this.note('REMOVED', `${group}/${id}`)
      this.process?.tellRunner({ type: 'changed', group, endpoint: id, why: 'the address was deleted' })
    }
  }

  /** Somebody looks at the status and asks something, through the shipped API; the answer must come once, and in time. */
  #serve(what: string, withinMs: number, begin: (requests: OpenRequests, done: (said: object) => void) => void): void {
    const { process, life } = this
    if (process === null) return
    this.note('REQUEST', what)
    process.serve((requests) => {
      const { checks } = this
      checks?.tells(this, process.engine.status(this.clock.local(this.#options.queue.now)))
      const ticket = checks?.replies.asked(this, what, withinMs)
      begin(requests, (said) => {
        this.note('ANSWER', said)
        if (ticket !== undefined) checks?.replies.answered(ticket, this.life === life && this.process !== null)
      })
      const { now } = this.#options.queue
      if (ticket !== undefined) this.#expectAnswer(ticket, this.clock.trueAt(this.clock.local(now) + withinMs) - now)
    })
  }

  /** A daemon that is frozen when the time is over answers when it thaws. */
  #expectAnswer(ticket: Ticket, afterMs: number): void {
    this.later(afterMs + PATIENCE_MS, () => {
      if (this.process?.frozen === true) this.#expectAnswer(ticket, 0)
      else this.checks?.replies.overdue(ticket)
    })
  }

  #castOut(): void {
    this.isOutcast = true
    this.lost = this.disk.durable
  }

  /** In this life or not at all. */
  later(delay: number, run: () => void): void {
    const life = this.life
    this.#options.queue.after(delay, () => {
      if (life === this.life && this.process !== null) run()
    })
  }

  /** Wall clocks agree on nothing: one machine may think a window open that is closed for the others. */
  #tellWindows(areOpen: boolean): void {
    this.tell({ type: 'windows', open: areOpen ? this.spec.groups.map(({ id }) => id) : [] })
  }

  #sweep(): void {
    for (const endpoint of this.#addresses.all()) endpoint.sweep(this.life)
    this.tell({ type: 'swept' })
  }

  /** For whoever reads the story of this world. */
  note(what: string, detail: unknown): void {
    this.#options.timeline.add(this.#options.queue.now, this.id, what, detail)
  }
}
