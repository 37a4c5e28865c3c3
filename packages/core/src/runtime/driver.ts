import type { Effect, Engine, EngineStatus } from '../engine/types.ts'
import type {
  Adoption,
  ClusterEvent,
  ClusterReply,
  ClusterRequest,
  ClusterSpec,
  ClusterState,
  Epoch,
  GroupId,
  HoldingState,
  Move,
  NodeId,
} from '../model/index.ts'
import type { Clock, Logger, Storage, Transport } from '../ports.ts'
import type { GroupStatus, Runner, RunnerEffect, RunnerEvent } from '../runner/types.ts'
import { createAlarm } from './alarm.ts'
import type { Alarm } from './alarm.ts'
import { createEventLog } from './event-log.ts'
import type { EventLog } from './event-log.ts'
import type { Executor } from './executor.ts'
import { OpenRequests } from './open-requests.ts'
import type { Released } from './open-requests.ts'
import { Turns } from './turns.ts'
import type { EngineNews, RunnerNews } from './turns.ts'

export interface DriverOptions {
  readonly node: NodeId
  /** Which start of its data folder this is. */
  readonly generation: number
  readonly engine: Engine
  readonly runner: Runner
  readonly executor: Executor
  readonly clock: Clock
  readonly transport: Pick<Transport, 'send'>
  readonly storage: Pick<Storage, 'write' | 'refuse'>
  readonly logger: Logger
  readonly onSpec: (spec: ClusterSpec) => void
  readonly onEvent?: (event: ClusterEvent) => void
  readonly onRunnerEvent?: (event: RunnerEvent) => void
  /** How far this node is with a group that it was given under this epoch; null: it has let go of it. */
  readonly onHolding?: (group: GroupId, epoch: Epoch, state: HoldingState | null) => void
  readonly onDrill?: (effect: Extract<Effect, { type: 'drill' }>) => void
  /** After every burst of inputs, when nothing is left to do. */
  readonly onSettled?: () => void
}

/** How a driver came to its end; the code is the process's. */
export interface Ending {
  readonly code: 0 | 1
  readonly why: string
  /** Everything was handed over to another process: this one leaves so, and lets go of nothing. */
  readonly leave?: () => Promise<void>
}

/** Joins engine, runner and ports: feeds inputs one at a time, performs effects strictly in their order. */
export interface Driver {
  tell(news: EngineNews): void
  tellRunner(news: RunnerNews): void
  request(request: ClusterRequest, withinMs: number): Promise<ClusterReply>
  /** Has this node, as coordinator, append another configuration. Resolves with null, or with why it does not. */
  configure(spec: ClusterSpec): Promise<string | null>
  /** Gives up every group until the next start. Names what is released and what is not, within the time. */
  releaseAll(withinMs: number): Promise<Released>
  engineStatus(): EngineStatus
  /** What the log that this node has applied amounts to. */
  clusterState(): ClusterState
  runnerStatus(): readonly GroupStatus[]
  readonly events: EventLog
  /** The latest assignments that this node has applied, oldest first. */
  moves(): readonly Move[]
  /** Hands over to another life, and ends so. A text says why not; then it goes on. */
  handOver(ending: Ending): Adoption | string
  /** Takes everything down within the time and ends. */
  giveUp(ending: Ending, withinMs: number): void
  readonly ended: Promise<Ending>
}

const lastResortMs = 1000

export function createDriver(options: DriverOptions): Driver {
  return new EngineDriver(options)
}

class EngineDriver implements Driver {
  readonly ended: Promise<Ending>
  private readonly options: DriverOptions
  private readonly eventLog: EventLog
  private readonly turns: Turns
  private readonly requests: OpenRequests
  private readonly engineAlarm: Alarm
  private readonly runnerAlarm: Alarm
  private readonly end: (ending: Ending) => void
  private stepping = false
  private over = false

  constructor(options: DriverOptions) {
    this.options = options
    this.eventLog = createEventLog(options.node, options.logger)
    this.turns = new Turns({
      engine: options.engine,
      runner: options.runner,
      now: () => options.clock.now(),
      perform: (effect) => this.performEngine(effect),
      performRunner: (effect) => this.performRunner(effect),
    })
    this.requests = new OpenRequests({
      life: `${options.node}/${options.generation}`,
      clock: options.clock,
      tell: (news) => this.tell(news),
      runnerStatus: () => this.runnerStatus(),
    })
    this.engineAlarm = createAlarm(options.clock, () => this.tell({ type: 'wake' }))
    this.runnerAlarm = createAlarm(options.clock, () => this.tellRunner({ type: 'wake' }))
    const { promise, resolve } = Promise.withResolvers<Ending>()
    this.ended = promise
    this.end = resolve
  }

  tell(news: EngineNews): void {
    this.turns.tell(news)
    this.drain()
  }

  tellRunner(news: RunnerNews): void {
    this.turns.tellRunner(news)
    this.drain()
  }

  /** What arises while an input is worked on waits its turn. Nothing is done any more once an effect has ended this driver. */
  private drain(): void {
    if (this.stepping || this.over) return
    this.stepping = true
    try {
      while (!this.over && this.turns.advance());
    } catch (error) {
      this.onBroken(error)
    } finally {
      this.stepping = false
    }
    if (this.over) return
    this.requests.onSettled()
    this.options.onSettled?.()
  }

  private performEngine(effect: Effect): void {
    const { logger, storage, transport } = this.options
    switch (effect.type) {
      case 'persist':
        return storage.write(effect.write)
      case 'send':
        return transport.send(effect.to, effect.message)
      case 'wake':
        return this.engineAlarm.set(effect.at)
      case 'lease':
      case 'drop':
      case 'expect':
        return this.turns.tellRunner(effect)
      case 'spec':
        return this.options.onSpec(effect.spec)
      case 'event':
        this.eventLog.add(effect.event)
        return this.options.onEvent?.(effect.event)
      case 'reply':
        return this.requests.onReply(effect.id, effect.reply)
      case 'configured':
        logger.info('configured', { id: effect.id, refused: effect.refused })
        return this.requests.onConfigured(effect.id, effect.refused)
      case 'drill':
        return this.options.onDrill?.(effect)
      case 'stopped':
        return this.finish({ code: 0, why: 'handed over' })
      case 'fatal':
        logger.error('fatal', { code: effect.code, message: effect.message })
        this.refuseFolder(`${effect.code}: ${effect.message}`)
        return this.giveUp({ code: 1, why: `${effect.code}: ${effect.message}` }, lastResortMs)
    }
  }

  private refuseFolder(why: string): void {
    try {
      this.options.storage.refuse(why)
    } catch (error) {
      this.options.logger.error('folder-not-marked', { error: String(error) })
    }
  }

  private performRunner(effect: RunnerEffect): void {
    const { executor } = this.options
    switch (effect.type) {
      case 'call':
        return executor.call(effect)
      case 'abort':
        return executor.abort(effect.call)
      case 'extend':
        return executor.extend(effect.call, effect.until)
      case 'renew':
        return executor.renew(effect)
      case 'released':
      case 'holding':
        this.turns.tell(effect)
        return this.options.onHolding?.(effect.group, effect.epoch, effect.type === 'holding' ? effect.state : null)
      case 'progress':
        return this.turns.tell(effect)
      case 'wake':
        return this.runnerAlarm.set(effect.at)
      case 'event':
        this.eventLog.add(effect.event)
        return this.options.onRunnerEvent?.(effect.event)
    }
  }

  /** A broken invariant: nothing that is computed from here on can be trusted, so nothing is. */
  private onBroken(error: unknown): void {
    const state = { engine: attempt(() => this.engineStatus()), runner: attempt(() => this.runnerStatus()) }
    this.options.logger.error('broken', { error: error instanceof Error ? (error.stack ?? error.message) : String(error), ...state })
    this.giveUp({ code: 1, why: 'a broken invariant' }, lastResortMs)
  }

  private close(): boolean {
    if (this.over) return false
    this.over = true
    this.engineAlarm.cancel()
    this.runnerAlarm.cancel()
    this.requests.close()
    return true
  }

  private finish(ending: Ending): void {
    if (this.close()) this.end(ending)
  }

  handOver(ending: Ending): Adoption | string {
    const { engine, runner, clock } = this.options
    if (this.over) return 'this daemon is about to end'
    const unrest = runner.unrest()
    if (unrest !== null) return unrest
    const handed = engine.handOver(clock.now())
    if (!handed.ok) return handed.why
    this.finish(ending)
    return handed.adoption
  }

  giveUp(ending: Ending, withinMs: number): void {
    if (!this.close()) return
    void this.options.executor.releaseEverything(withinMs).then((left) => {
      if (left.length > 0) this.options.logger.error('not-released', { endpoints: left })
      this.end(ending)
    })
  }

  request(wish: ClusterRequest, withinMs: number): Promise<ClusterReply> {
    return new Promise((resolve) => this.requests.request(wish, withinMs, resolve))
  }

  configure(spec: ClusterSpec): Promise<string | null> {
    if (this.over) return Promise.resolve('this daemon is about to end')
    return new Promise((resolve) => this.requests.configure(spec, resolve))
  }

  releaseAll(withinMs: number): Promise<Released> {
    return new Promise((resolve) => this.requests.releaseAll(withinMs, resolve))
  }

  engineStatus(): EngineStatus {
    return this.options.engine.status(this.options.clock.now())
  }

  clusterState(): ClusterState {
    return this.options.engine.state()
  }

  runnerStatus(): readonly GroupStatus[] {
    return this.options.runner.status()
  }

  get events(): EventLog {
    return this.eventLog
  }

  moves(): readonly Move[] {
    return this.options.engine.state().moves ?? []
  }
}

function attempt<T>(look: () => T): T | string {
  try {
    return look()
  } catch (error) {
    return String(error)
  }
}
