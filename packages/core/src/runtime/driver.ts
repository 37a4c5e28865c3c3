import type { EventRecord } from '../api/types.ts'
import type { Effect, Engine, EngineStatus, Input } from '../engine/types.ts'
import type { ClusterReply, ClusterRequest, ClusterSpec, GroupId, Instant, NodeId } from '../model/index.ts'
import type { Clock, Logger, Storage, Transport } from '../ports.ts'
import type { GroupStatus, Runner, RunnerEffect, RunnerInput } from '../runner/types.ts'
import { createEventLog } from './event-log.ts'
import type { Executor } from './executor.ts'

type WithoutNow<T> = T extends unknown ? Omit<T, 'now'> : never
export type EngineNews = WithoutNow<Input>
export type RunnerNews = WithoutNow<RunnerInput>

export interface DriverOptions {
  readonly node: NodeId
  readonly engine: Engine
  readonly runner: Runner
  readonly executor: Executor
  readonly clock: Clock
  readonly transport: Pick<Transport, 'send'>
  readonly storage: Pick<Storage, 'write'>
  readonly logger: Logger
  readonly onSpec: (spec: ClusterSpec) => void
  /** After every burst of inputs, when nothing is left to do. */
  readonly onSettled?: () => void
}

/** How a driver came to its end; the code is the process's. */
export interface Ending {
  readonly code: 0 | 1
  readonly why: string
}

/** Joins engine, runner and ports: feeds inputs one at a time, performs effects strictly in their order. */
export interface Driver {
  tell(news: EngineNews): void
  tellRunner(news: RunnerNews): void
  request(request: ClusterRequest, withinMs: number): Promise<ClusterReply>
  /** Gives up every group until the next start. Names what is released and what is not, within the time. */
  releaseAll(withinMs: number): Promise<{ readonly released: readonly GroupId[]; readonly left: readonly GroupId[] }>
  engineStatus(): EngineStatus
  runnerStatus(): readonly GroupStatus[]
  events(limit: number): readonly EventRecord[]
  /** Takes everything down within the time and ends. */
  giveUp(ending: Ending, withinMs: number): void
  readonly ended: Promise<Ending>
}

const lastResortMs = 1000

export function createDriver(options: DriverOptions): Driver {
  const { engine, runner, executor, clock, logger } = options
  const events = createEventLog(options.node, logger)
  const forRunner: RunnerNews[] = []
  const forEngine: EngineNews[] = []
  const replies = new Map<string, (reply: ClusterReply) => void>()
  const watchers = new Set<() => void>()
  const engineAlarm = createAlarm(clock, () => tell({ type: 'wake' }))
  const runnerAlarm = createAlarm(clock, () => tellRunner({ type: 'wake' }))
  const { promise: ended, resolve: end } = Promise.withResolvers<Ending>()
  let stepping = false
  let over = false
  let lastRequest = 0

  const tell = (news: EngineNews): void => {
    forEngine.push(news)
    drain()
  }
  const tellRunner = (news: RunnerNews): void => {
    forRunner.push(news)
    drain()
  }

  /** What arises while an input is worked on waits its turn. The runner goes first: a drop must not wait behind messages. */
  const drain = (): void => {
    if (stepping || over) return
    stepping = true
    try {
      while (!over) {
        const runnerNews = forRunner.shift()
        if (runnerNews) {
          for (const effect of runner.step({ ...runnerNews, now: clock.now() })) performRunner(effect)
          continue
        }
        const news = forEngine.shift()
        if (!news) break
        for (const effect of engine.step({ ...news, now: clock.now() })) performEngine(effect)
      }
    } catch (error) {
      onBroken(error)
    } finally {
      stepping = false
    }
    if (over) return
    for (const watcher of watchers) watcher()
    options.onSettled?.()
  }

  const performEngine = (effect: Effect): void => {
    switch (effect.type) {
      case 'persist':
        return options.storage.write(effect.write)
      case 'send':
        return options.transport.send(effect.to, effect.message)
      case 'wake':
        return engineAlarm.set(effect.at)
      case 'lease':
      case 'drop':
      case 'expect':
        return void forRunner.push(effect)
      case 'spec':
        return options.onSpec(effect.spec)
      case 'event':
        return events.add(effect.event)
      case 'reply':
        return replies.get(effect.id)?.(effect.reply)
      case 'configured':
        return logger.info('configured', { id: effect.id, refused: effect.refused })
      case 'stopped':
        return finish({ code: 0, why: 'handed over' })
      case 'fatal':
        logger.error('fatal', { code: effect.code, message: effect.message })
        return giveUp({ code: 1, why: `${effect.code}: ${effect.message}` }, lastResortMs)
    }
  }

  const performRunner = (effect: RunnerEffect): void => {
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
        return void forEngine.push(effect)
      case 'wake':
        return runnerAlarm.set(effect.at)
      case 'event':
        return events.add(effect.event)
    }
  }

  /** A broken invariant: nothing that is computed from here on can be trusted, so nothing is. */
  const onBroken = (error: unknown): void => {
    const state = { engine: attempt(() => engine.status(clock.now())), runner: attempt(() => runner.status()) }
    logger.error('broken', { error: error instanceof Error ? (error.stack ?? error.message) : String(error), ...state })
    giveUp({ code: 1, why: 'a broken invariant' }, lastResortMs)
  }

  const close = (): boolean => {
    if (over) return false
    over = true
    engineAlarm.cancel()
    runnerAlarm.cancel()
    return true
  }
  const finish = (ending: Ending): void => {
    if (close()) end(ending)
  }
  const giveUp = (ending: Ending, withinMs: number): void => {
    if (!close()) return
    void executor.releaseEverything(withinMs).then((left) => {
      if (left.length > 0) logger.error('not-released', { endpoints: left })
      end(ending)
    })
  }

  const request = (wish: ClusterRequest, withinMs: number): Promise<ClusterReply> => {
    const id = `${options.node}-${++lastRequest}`
    return new Promise((resolve) => {
      const settle = (reply: ClusterReply): void => {
        clearTimeout(timer)
        replies.delete(id)
        resolve(reply)
      }
      const timer = setTimeout(() => settle({ ok: false, code: 'timeout', message: `no outcome within ${withinMs} ms` }), withinMs)
      replies.set(id, settle)
      tell({ type: 'request', id, request: wish })
    })
  }

  const releaseAll = (withinMs: number): ReturnType<Driver['releaseAll']> => {
    const heldNow = (): GroupId[] => runner.status().filter(({ state }) => state !== null).map(({ group }) => group)
    const before = heldNow()
    return new Promise((resolve) => {
      const settle = (): void => {
        clearTimeout(timer)
        watchers.delete(look)
        const left = heldNow()
        resolve({ released: before.filter((group) => !left.includes(group)), left })
      }
      const look = (): void => {
        if (heldNow().length === 0) settle()
      }
      const timer = setTimeout(settle, withinMs)
      watchers.add(look)
      tell({ type: 'release-all' })
    })
  }

  return {
    tell, tellRunner, request, releaseAll, giveUp, ended,
    engineStatus: () => engine.status(clock.now()),
    runnerStatus: () => runner.status(),
    events: (limit) => events.last(limit),
  }
}

/** One timer that is moved about. */
function createAlarm(clock: Clock, ring: () => void): { set(at: Instant): void; cancel(): void } {
  let cancel = (): void => undefined
  let setFor: Instant | null = null
  return {
    set(at) {
      if (at === setFor) return
      cancel()
      setFor = at
      cancel = clock.at(at, () => {
        setFor = null
        ring()
      })
    },
    cancel: () => cancel(),
  }
}

function attempt<T>(look: () => T): T | string {
  try {
    return look()
  } catch (error) {
    return String(error)
  }
}
