import type { Effect, Engine, Input } from '../../engine/types.ts'
import type { Instant, Message, NodeId, Write } from '../../model/index.ts'
import type { Runner, RunnerEffect, RunnerInput } from '../../runner/types.ts'
import { OpenRequests } from '../../runtime/open-requests.ts'
import { Alarm } from './alarm.ts'
import type { SimClock } from './clock.ts'
import type { EventQueue } from './queue.ts'

type WithoutNow<T> = T extends unknown ? Omit<T, 'now'> : never
/** An input that is stamped with the time at which the process takes it up. */
export type EngineNews = WithoutNow<Input>
export type RunnerNews = WithoutNow<RunnerInput>
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
  readonly #queue: EventQueue
  readonly #clock: SimClock
  readonly #outside: Surroundings
  readonly #engineAlarm: Alarm
  readonly #runnerAlarm: Alarm
  readonly #requests: OpenRequests
  /** Effects still to be performed, the next one last; beside each, whether it is the runner's. */
  readonly #todo: (Effect | RunnerEffect)[] = []
  readonly #owners: boolean[] = []
  /** News from within come before news from outside. */
  readonly #inner: (() => void)[] = []
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
    this.#take(this.#inbox, () => this.#stepEngine(news))
  }

  tellRunner(news: RunnerNews): void {
    this.#take(this.#inbox, () => this.#stepRunner(news))
  }

  /** An operator comes through the daemon's API. */
  serve(operator: (requests: OpenRequests) => void): void {
    this.#take(this.#inbox, () => operator(this.#requests))
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

  #take(line: (() => void)[], step: () => void): void {
    if (this.#gone) return
    line.push(step)
    if (!this.#busy && !this.#frozen) this.#work()
  }

  #work(): void {
    if (this.#busy) return
    this.#busy = true
    try {
      while (!this.#gone && !this.#frozen) {
        if (this.#todo.length > 0) {
          this.#performNext()
          continue
        }
        const step = this.#inner.shift() ?? this.#inbox.shift()
        if (step === undefined) return this.#requests.onSettled()
        step()
      }
    } finally {
      this.#busy = false
    }
  }

  #performNext(): void {
    if (this.#effectsLeft === 0) {
      this.#frozen = true
      return
    }
    this.#effectsLeft -= 1
    const effect = this.#todo.pop() as Effect | RunnerEffect
    if (this.#owners.pop() === true) this.#performRunner(effect as RunnerEffect)
    else this.#perform(effect as Effect)
  }

  #stepEngine(news: EngineNews): void {
    this.#outside.seesNews(news)
    const effects = this.#engine.step({ ...news, now: this.#clock.local(this.#queue.now) } as Input)
    this.#outside.seesStep(news, effects)
    this.#plan(effects, false)
  }

  #stepRunner(news: RunnerNews): void {
    this.#plan(this.#runner.step({ ...news, now: this.#clock.local(this.#queue.now) } as RunnerInput), true)
  }

  #plan(effects: readonly (Effect | RunnerEffect)[], ofRunner: boolean): void {
    for (let index = effects.length - 1; index >= 0; index--) {
      this.#todo.push(effects[index] as Effect | RunnerEffect)
      this.#owners.push(ofRunner)
    }
  }

  /** A timer of this process: it rings when the event loop comes round to it. */
  #ringAt(at: Instant, ring: () => void): () => void {
    let isCancelled = false
    this.#queue.at(this.#clock.trueAt(at) + this.#outside.lateness(), () =>
      this.#take(this.#inbox, () => {
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
        return this.#stepRunner(effect)
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
        return this.#outside.call(effect)
      case 'abort':
        return this.#outside.abort(effect.call)
      case 'renew':
        if (!this.#outside.renew(effect))
          this.#inner.push(() => this.#stepRunner({ type: 'lapsed', group: effect.group, endpoint: effect.endpoint }))
        return
      case 'wake':
        return this.#runnerAlarm.set(effect.at)
      case 'released':
      case 'holding':
        this.#inner.push(() => this.#stepEngine(effect))
        return
      default:
    }
  }
}
