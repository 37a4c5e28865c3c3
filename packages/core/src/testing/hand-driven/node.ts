import { silentMs } from '../../adapters/storage/disk-watch.ts'
import { createEngine } from '../../engine/engine.ts'
import type { DrillRights } from '../../engine/strike.ts'
import type { Effect, Engine, EngineStatus, Input } from '../../engine/types.ts'
import type {
  Adoption,
  Beat,
  ClusterEvent,
  ClusterState,
  Fitness,
  GroupId,
  Instant,
  Message,
  NodeId,
  Stored,
  Write,
} from '../../model/index.ts'
import { StoredLog } from '../sim/stored-log.ts'

type WithoutNow<T> = T extends unknown ? Omit<T, 'now'> : never
export type News = WithoutNow<Input>

export const FIT: Fitness = { level: 'fit', reasons: [] }

/** One engine with a disk that flushes at once, unless it hangs, and a runner that needs no time, unless it is silenced. */
export class HandDrivenNode {
  readonly id: NodeId
  dataId: string
  generation = 0
  disk: StoredLog
  /** Writes that have begun and not ended. */
  pending: Write[] = []
  hangs = false
  /** How long a flush of what is waiting takes; null: no time at all. */
  flushMs: number | null = null
  private flushing: { readonly count: number; readonly until: Instant } | null = null
  /** Since when its disk has owed an answer; null: it owes none. */
  private owedSince: Instant | null = null
  private isSilent = false
  /** Does the runner answer leases and drops by itself? */
  runs = true
  /** Whether drills may strike it. */
  drills: DrillRights = { permitted: false, supervised: false }
  /** What its engine draws, in [0, 1). */
  random = (): number => 0.5
  effects: Effect[] = []
  private engine: Engine | null = null
  private wakeAt: Instant = Infinity
  private readonly answers: News[] = []
  private readonly now: () => Instant
  private readonly send: (to: NodeId | 'all', message: Message) => void
  private readonly leases = new Map<GroupId, { epoch: number; until: Instant }>()

  constructor(id: NodeId, stored: Stored, now: () => Instant, send: (to: NodeId | 'all', message: Message) => void) {
    this.id = id
    this.dataId = `data-${id}`
    this.disk = new StoredLog(stored)
    this.now = now
    this.send = send
  }

  get isUp(): boolean {
    return this.engine !== null
  }
  /** A new life on what is on disk. */
  start(options: { swept?: boolean; fit?: boolean; adopted?: Adoption } = {}): void {
    this.crash()
    this.generation += 1
    const incarnation = { dataId: this.dataId, generation: this.generation }
    const { id: self, drills } = this
    const { adopted } = options
    this.engine = createEngine({
      self,
      incarnation,
      stored: this.disk.copy(),
      now: this.now(),
      random: () => this.random(),
      drills,
      ...(adopted === undefined ? {} : { adopted }),
    })
    for (const { group, epoch, until } of adopted?.leases ?? []) this.leases.set(group, { epoch, until })
    this.wakeAt = Infinity
    this.tell({ type: 'wake' })
    if (options.swept !== false && adopted === undefined) this.tell({ type: 'swept' })
    if (options.fit !== false)
      for (const { id } of this.disk.snapshot.state.spec.groups) this.tell({ type: 'fitness', group: id, fitness: FIT })
  }
  /** Hands everything over, to be started again with it. Its disk takes what is pending first. */
  handOver(): Adoption {
    const handed = this.engine?.handOver(this.now())
    if (handed?.ok !== true) throw new Error(`${this.id} hands nothing over: ${handed?.why ?? 'it is down'}`)
    this.flush()
    return handed.adoption
  }
  /** Why it would hand nothing over. Ends it where it would. */
  whyNot(): string | null {
    const handed = this.engine?.handOver(this.now())
    return handed?.ok === false ? handed.why : null
  }
  /** The process is gone; what was not flushed is lost. */
  crash(): void {
    this.engine = null
    this.pending = []
    this.flushing = null
    this.owedSince = null
    this.isSilent = false
    this.leases.clear()
  }
  tell(news: News): readonly Effect[] {
    if (this.engine === null) return []
    const effects = this.engine.step({ ...news, now: this.now() } as Input)
    this.effects.push(...effects)
    for (const effect of effects) this.perform(effect)
    if (!this.hangs && this.flushMs === null) this.flush()
    // What the runner answers is taken up after everything that the engine wanted done.
    for (let answer = this.answers.shift(); answer !== undefined; answer = this.answers.shift()) this.tell(answer)
    return effects
  }
  hear(message: Message): void {
    this.tell({ type: 'message', message })
  }
  wake(): void {
    if (this.flushMs !== null) this.turnDisk(this.flushMs)
    if (this.now() >= this.wakeAt) this.tell({ type: 'wake' })
  }
  /** Everything begun so far reaches the disk. */
  flush(): void {
    const done = this.pending.splice(0)
    for (const write of done) this.disk.apply(write)
    const last = done.at(-1)
    if (last !== undefined) this.tell({ type: 'persisted', id: last.id })
  }
  /** A slow disk goes on; like the daemon's it is called silent when it has not answered for too long, and well when it has. */
  private turnDisk(flushMs: number): void {
    const now = this.now()
    if (this.flushing !== null && now >= this.flushing.until) {
      const done = this.pending.splice(0, this.flushing.count)
      for (const write of done) this.disk.apply(write)
      this.flushing = null
      this.owedSince = this.pending.length > 0 ? now : null
      if (this.isSilent) this.tell({ type: 'storage', failing: null })
      this.isSilent = false
      this.tell({ type: 'persisted', id: done.at(-1)?.id ?? 0 })
    }
    if (this.flushing === null && this.pending.length > 0) this.flushing = { count: this.pending.length, until: now + flushMs }
    if (this.flushing !== null) this.owedSince ??= now
    if (this.isSilent || this.owedSince === null || now - this.owedSince < silentMs) return
    this.isSilent = true
    this.tell({ type: 'storage', failing: 'it has not answered' })
  }
  status(): EngineStatus {
    if (this.engine === null) throw new Error(`${this.id} is down`)
    return this.engine.status(this.now())
  }
  state(): ClusterState {
    if (this.engine === null) throw new Error(`${this.id} is down`)
    return this.engine.state()
  }
  mayServe(group: GroupId): boolean {
    return (this.leases.get(group)?.until ?? -Infinity) > this.now()
  }
  leaseUntil(group: GroupId): Instant {
    return this.leases.get(group)?.until ?? -Infinity
  }
  servedEpoch(group: GroupId): number | undefined {
    return this.leases.get(group)?.epoch
  }
  /** The runner says that everything of the group is down. */
  released(group: GroupId, epoch: number): void {
    this.tell({ type: 'released', group, epoch })
  }

  of<T extends Effect['type']>(type: T): readonly Extract<Effect, { type: T }>[] {
    return this.effects.filter((effect): effect is Extract<Effect, { type: T }> => effect.type === type)
  }
  events<T extends ClusterEvent['type']>(type: T): readonly Extract<ClusterEvent, { type: T }>[] {
    return this.of('event')
      .map(({ event }) => event)
      .filter((event): event is Extract<ClusterEvent, { type: T }> => event.type === type)
  }
  lastBeat(): Beat {
    const beat = this.of('send')
      .map(({ message }) => message)
      .findLast((message) => message.type === 'beat')
    if (beat?.type !== 'beat') throw new Error(`${this.id} has not sent a beat`)
    return beat
  }

  private perform(effect: Effect): void {
    switch (effect.type) {
      case 'persist':
        this.pending.push(effect.write)
        return
      case 'send':
        return this.send(effect.to, effect.message)
      case 'wake':
        this.wakeAt = effect.at
        return
      case 'lease': {
        const isNew = this.leases.get(effect.group)?.epoch !== effect.epoch
        this.leases.set(effect.group, { epoch: effect.epoch, until: effect.until })
        if (!isNew || !this.runs) return
        this.answers.push({ type: 'holding', group: effect.group, epoch: effect.epoch, state: 'active' })
        for (const step of ['claimed', 'verified'] as const)
          this.answers.push({ type: 'progress', group: effect.group, epoch: effect.epoch, step })
        return
      }
      case 'drop':
        if (!this.runs) return
        this.leases.delete(effect.group)
        this.answers.push({ type: 'released', group: effect.group, epoch: effect.epoch })
        return
      default:
    }
  }
}
