import type { Effect, Engine } from '../../engine/types.ts'
import type { Adoption, Instant, Message, NodeId, Write } from '../../model/index.ts'
import type { Runner, RunnerEffect } from '../../runner/types.ts'
import { limitsMs } from '../../runtime/executor.ts'
import { OpenRequests } from '../../runtime/open-requests.ts'
import { Turns } from '../../runtime/turns.ts'
import type { EngineNews, RunnerNews } from '../../runtime/turns.ts'
import { Alarm } from './alarm.ts'
import type { SimClock } from './clock.ts'
import type { EventQueue } from './queue.ts'

type RunnerCall = Extract<RunnerEffect, { type: 'call' }>
type Grant = Extract<RunnerEffect, { type: 'renew' }>

/** The world outside one process. */
export interface Surroundings {
  /** Names this life of this node. */
  readonly name: string
  write(write: Write): void
  send(to: NodeId | 'all', message: Message): void
  call(call: RunnerCall): void
  abort(call: number): void
  renew(renewal: Grant): boolean
  /** Sees every effect before it is performed. */
  seesEffect(effect: Effect): void
  seesRunnerEffect(effect: RunnerEffect): void
  /** Sees the news that matter to checkers at the moment at which the engine takes them up. */
  seesNews(news: EngineNews): void
  /** Sees what a step of the engine has come to, before any of its effects is performed. */
  seesStep(news: EngineNews, effects: readonly Effect[]): void
  /** How late the event loop comes round to a timer. */
  lateness(): number
}

/** One life of a daemon: takes news one at a time, performs effects strictly in order, and can be stopped between any two. */
export class SimProcess {
  readonly #engine: Engine
  readonly #runner: Runner
  readonly #turns: Turns
  readonly #queue: EventQueue
  readonly #clock: SimClock
  readonly #outside: Surroundings
  readonly #engineAlarm: Alarm
  readonly #runnerAlarm: Alarm
  readonly #requests: OpenRequests
  /** What comes from outside while the process is at work or frozen, for its event loop. */
  readonly #inbox: (() => void)[] = []
  #busy = false
  #frozen = false
  #awakeSince: number
  #gone = false
  /** Effects to perform before the process stops taking steps; Infinity: runs on. */
  #effectsLeft = Infinity

  constructor(engine: Engine, runner: Runner, queue: EventQueue, clock: SimClock, outside: Surroundings) {
    this.#engine = engine
    this.#runner = runner
    this.#queue = queue
    this.#awakeSince = queue.now
    this.#clock = clock
    this.#outside = outside
    this.#turns = new Turns({
      engine,
      runner,
      now: () => clock.local(queue.now),
      perform: (effect) => this.#perform(effect),
      performRunner: (effect) => this.#performRunner(effect),
      onStep: (news, effects) => {
        outside.seesNews(news)
        outside.seesStep(news, effects)
      },
    })
    this.#engineAlarm = new Alarm(
      queue,
      clock,
      () => outside.lateness(),
      () => this.tell({ type: 'wake' }),
    )
    this.#runnerAlarm = new Alarm(
      queue,
      clock,
      () => outside.lateness(),
      () => this.tellRunner({ type: 'wake' }),
    )
    this.#requests = new OpenRequests({
      life: outside.name,
      clock: { now: () => clock.local(queue.now), at: (at, ring) => this.#ringAt(at, ring) },
      tell: (news) => this.tell(news),
      runnerStatus: () => runner.status(),
    })
  }

  get engine(): Engine {
    return this.#engine
  }

  get frozen(): boolean {
    return this.#frozen
  }

  /** True time since which it takes steps; Infinity: it is frozen. */
  get awakeSince(): number {
    return this.#frozen ? Infinity : this.#awakeSince
  }

  tell(news: EngineNews): void {
    this.#take(() => this.#turns.tell(news))
  }

  tellRunner(news: RunnerNews): void {
    this.#take(() => this.#turns.tellRunner(news))
  }

  /** An operator comes through the daemon's API. */
  serve(operator: (requests: OpenRequests) => void): void {
    this.#take(() => operator(this.#requests))
  }

  /** Hands everything over when its event loop comes round, if all is at rest then. The daemon asks in the same order. */
  handOver(done: (adoption: Adoption) => void): void {
    this.#take(() => {
      if (this.#runner.unrest() !== null) return
      const handed = this.#engine.handOver(this.#clock.local(this.#queue.now))
      if (handed.ok) done(handed.adoption)
    })
  }

  /** Takes no more steps after the next `effects` effects, until it is thawed. */
  freeze(effects: number): void {
    if (effects === 0) this.#frozen = true
    else this.#effectsLeft = effects
  }

  thaw(): void {
    if (this.#frozen) this.#awakeSince = this.#queue.now
    this.#frozen = false
    this.#effectsLeft = Infinity
    this.#work()
  }

  /** The daemon ends by its own word. */
  close(): void {
    this.#requests.close()
    this.end()
  }

  end(): void {
    this.#gone = true
    this.#engineAlarm.cancel()
    this.#runnerAlarm.cancel()
  }

  /** What arises while effects are performed is heard of at once; for anything else the event loop must come round. */
  #take(hear: () => void): void {
    if (this.#gone) return
    if (this.#busy) return hear()
    this.#inbox.push(hear)
    if (!this.#frozen) this.#work()
  }

  #work(): void {
    if (this.#busy) return
    this.#busy = true
    try {
      while (!this.#gone && !this.#frozen) {
        if (this.#turns.isMidStep && this.#effectsLeft-- === 0) {
          this.#frozen = true
          return
        }
        if (this.#turns.advance()) continue
        this.#requests.onSettled()
        const hear = this.#inbox.shift()
        if (hear === undefined) return
        hear()
      }
    } finally {
      this.#busy = false
    }
  }

  /** A timer of this process: it rings when the event loop comes round to it. */
  #ringAt(at: Instant, ring: () => void): () => void {
    let isCancelled = false
    this.#queue.at(this.#clock.trueAt(at) + this.#outside.lateness(), () =>
      this.#take(() => {
        if (!isCancelled) ring()
      }),
    )
    return () => {
      isCancelled = true
    }
  }

  #perform(effect: Effect): void {
    this.#outside.seesEffect(effect)
    switch (effect.type) {
      case 'persist':
        return this.#outside.write(effect.write)
      case 'send':
        return this.#outside.send(effect.to, effect.message)
      case 'wake':
        return this.#engineAlarm.set(effect.at)
      case 'expect':
      case 'lease':
      case 'drop':
        return this.#turns.tellRunner(effect)
      case 'reply':
        return this.#requests.onReply(effect.id, effect.reply)
      case 'configured':
        return this.#requests.onConfigured(effect.id, effect.refused)
      default:
    }
  }

  #performRunner(effect: RunnerEffect): void {
    this.#outside.seesRunnerEffect(effect)
    switch (effect.type) {
      case 'call':
        return this.#call(effect)
      case 'abort':
        return this.#outside.abort(effect.call)
      case 'renew':
        if (!this.#outside.renew(effect)) this.#turns.tellRunner({ type: 'lapsed', group: effect.group, endpoint: effect.endpoint })
        return
      case 'wake':
        return this.#runnerAlarm.set(effect.at)
      case 'released':
      case 'holding':
      case 'progress':
        return this.#turns.tell(effect)
      default:
    }
  }

  /** A claim is aborted by the runner, when its lease is over. */
  #call(call: RunnerCall): void {
    this.#outside.call(call)
    if (call.operation === 'claim') return
    this.#ringAt(this.#clock.local(this.#queue.now) + limitsMs[call.operation], () => this.#outside.abort(call.call))
  }
}
