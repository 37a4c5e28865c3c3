import type { Effect, Engine, Input } from '../engine/types.ts'
import type { Instant } from '../model/index.ts'
import type { Runner, RunnerEffect, RunnerInput } from '../runner/types.ts'

type WithoutNow<T> = T extends unknown ? Omit<T, 'now'> : never
/** An input that is stamped with the time at which it is taken up. */
export type EngineNews = WithoutNow<Input>
export type RunnerNews = WithoutNow<RunnerInput>

export interface TurnsOptions {
  readonly engine: Engine
  readonly runner: Runner
  readonly now: () => Instant
  readonly perform: (effect: Effect) => void
  readonly performRunner: (effect: RunnerEffect) => void
  /** Sees what a step of the engine has come to, before any of its effects is performed. */
  readonly onStep?: (news: EngineNews, effects: readonly Effect[]) => void
}

/**
 * In which order engine and runner take up what there is, and what they want done is done: one step at a time, and all effects of a step,
 * in their order, before the next one. What arises meanwhile waits its turn. The daemon and the simulator go by this very class.
 */
export class Turns {
  readonly #options: TurnsOptions
  readonly #forEngine: EngineNews[] = []
  readonly #forRunner: RunnerNews[] = []
  /** Effects of the present step; those before `#done` have been begun. */
  #ofEngine: readonly Effect[] = []
  #ofRunner: readonly RunnerEffect[] = []
  #done = 0

  constructor(options: TurnsOptions) {
    this.#options = options
  }

  /** Are there effects of the present step that have not been begun? */
  get isMidStep(): boolean {
    return this.#done < this.#ofEngine.length + this.#ofRunner.length
  }

  tell(news: EngineNews): void {
    this.#forEngine.push(news)
  }

  tellRunner(news: RunnerNews): void {
    this.#forRunner.push(news)
  }

  /** Performs the next effect or, where none is left, takes the next step. False: there was nothing to do. */
  advance(): boolean {
    if (!this.isMidStep) return this.#step()
    // One of both is empty.
    const index = this.#done++
    const ofEngine = this.#ofEngine[index]
    const ofRunner = this.#ofRunner[index]
    if (ofEngine !== undefined) this.#options.perform(ofEngine)
    else if (ofRunner !== undefined) this.#options.performRunner(ofRunner)
    return true
  }

  /** The runner goes first: a drop must not wait behind messages. */
  #step(): boolean {
    const { engine, runner, now, onStep } = this.#options
    const runnerNews = this.#forRunner.shift()
    const news = runnerNews === undefined ? this.#forEngine.shift() : undefined
    this.#done = 0
    this.#ofEngine = []
    this.#ofRunner = []
    if (runnerNews !== undefined) this.#ofRunner = runner.step({ ...runnerNews, now: now() })
    if (news !== undefined) {
      this.#ofEngine = engine.step({ ...news, now: now() })
      onStep?.(news, this.#ofEngine)
    }
    return runnerNews !== undefined || news !== undefined
  }
}
