import type { ClusterSpec, GroupId, HookSpec, Move, NodeId } from '../model/index.ts'
import type { Logger } from '../ports.ts'
import type { RunnerEvent } from '../runner/types.ts'
import { runProgram } from '../programs/run.ts'
import { KnownFailures } from './known-failures.ts'
import { environmentOf, momentOf, reasonOf } from './occasion.ts'
import type { Occasion } from './occasion.ts'

export interface HooksOptions {
  readonly node: NodeId
  readonly logger: Logger
  /** The configuration that this node has applied last. */
  readonly present: () => ClusterSpec
  /** Why the group is where it is, as the cluster has decided it. */
  readonly causeOf: (group: GroupId) => string
  /** Its latest move, as far as the log tells of it by now. */
  readonly moveOf: (group: GroupId) => Move | undefined
}

/** Runs operators' programs at transitions: one after the other in each group, in their order, and never in the way of what they tell of. */
export interface Hooks {
  onEvent(event: RunnerEvent): void
  /** Resolves when all that has begun has ended. */
  settled(): Promise<void>
}

/** A hook that hangs again and again must not fill the memory: what came longest ago is left out. */
const waitingMax = 100

export function createHooks(options: HooksOptions): Hooks {
  const lines = new Map<GroupId, Line>()
  const failures = new KnownFailures()
  return {
    onEvent(event) {
      const moment = momentOf(event)
      if (!failures.isNews(event) || moment === null) return
      const { name, groups } = options.present()
      const hooks = groups.find(({ id }) => id === event.group)?.hooks?.filter(({ on }) => on.includes(moment)) ?? []
      if (hooks.length === 0) return
      const move = options.moveOf(event.group)
      const occasion: Occasion = {
        schemaVersion: 1,
        moment,
        cluster: name,
        node: options.node,
        group: event.group,
        epoch: 'epoch' in event ? event.epoch : null,
        cause: options.causeOf(event.group),
        reason: reasonOf(event),
        at: new Date().toISOString(),
        ...(move === undefined ? {} : { move }),
        event,
      }
      const line = lines.get(event.group) ?? new Line(options.logger)
      lines.set(event.group, line)
      for (const hook of hooks) line.add(hook, occasion)
    },
    async settled() {
      await Promise.all([...lines.values()].map((line) => line.settled))
    },
  }
}

/** The hooks of one group, one after the other. */
class Line {
  settled: Promise<void> = Promise.resolve()
  readonly #logger: Logger
  readonly #waiting: { readonly hook: HookSpec; readonly occasion: Occasion }[] = []
  #isRunning = false

  constructor(logger: Logger) {
    this.#logger = logger
  }

  add(hook: HookSpec, occasion: Occasion): void {
    this.#waiting.push({ hook, occasion })
    if (this.#waiting.length > waitingMax) {
      const left = this.#waiting.shift()
      this.#logger.warn('hook-left-out', { group: occasion.group, run: left?.hook.run, why: 'too many wait behind one that is slow' })
    }
    if (!this.#isRunning) this.settled = this.#run()
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) await this.#perform(next.hook, next.occasion)
    this.#isRunning = false
  }

  async #perform({ run, timeoutMs }: HookSpec, occasion: Occasion): Promise<void> {
    const { moment, group, epoch } = occasion
    const env = environmentOf(occasion)
    const about = { group, moment, epoch, run }
    const began = performance.now()
    try {
      const signal = AbortSignal.timeout(timeoutMs)
      const { code, words } = await runProgram({ argv: run, signal, env, input: `${JSON.stringify(occasion)}\n` })
      const tookMs = Math.round(performance.now() - began)
      if (code === 0) this.#logger.info('hook', { ...about, tookMs })
      else this.#logger.warn('hook-failed', { ...about, tookMs, why: signal.aborted ? `it took longer than ${timeoutMs} ms` : words })
    } catch (error) {
      this.#logger.warn('hook-failed', { ...about, why: error instanceof Error ? error.message : String(error) })
    }
  }
}
