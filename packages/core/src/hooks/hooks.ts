import { setTimeout as sleep } from 'node:timers/promises'
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
  /** What of it still goes on; null: nothing. */
  unrest(): string | null
  /** Resolves when all that has begun has ended. */
  settled(): Promise<void>
  /** This process ends: it waits for so long at most, and says what it leaves out. */
  close(withinMs: number): Promise<void>
}

/** A hook that hangs again and again must not fill the memory: what came longest ago is left out. */
const waitingMax = 100

export function createHooks(options: HooksOptions): Hooks {
  const lines = new Map<GroupId, Line>()
  const failures = new KnownFailures()
  const settled = async (): Promise<void> => {
    await Promise.all([...lines.values()].map((line) => line.settled))
  }
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
      const line = lines.get(event.group) ?? new Line(event.group, options.logger)
      lines.set(event.group, line)
      for (const hook of hooks) line.add(hook, occasion)
    },
    unrest: () => [...lines.values()].map((line) => line.unrest()).find((unrest) => unrest !== null) ?? null,
    settled,
    async close(withinMs) {
      const waited = new AbortController()
      await Promise.race([settled(), sleep(withinMs, undefined, { signal: waited.signal }).catch(() => undefined)])
      waited.abort()
      for (const line of lines.values()) line.leaveOut()
    },
  }
}

/** One hook that is to be told of one occasion. */
interface Errand {
  readonly hook: HookSpec
  readonly occasion: Occasion
}

/** The hooks of one group, one after the other. */
class Line {
  settled: Promise<void> = Promise.resolve()
  readonly #group: GroupId
  readonly #logger: Logger
  readonly #waiting: Errand[] = []
  #running: Errand | null = null

  constructor(group: GroupId, logger: Logger) {
    this.#group = group
    this.#logger = logger
  }

  add(hook: HookSpec, occasion: Occasion): void {
    this.#waiting.push({ hook, occasion })
    if (this.#waiting.length > waitingMax) this.#sayLeftOut(this.#waiting.shift(), 'too many wait behind one that is slow')
    if (this.#running === null) this.settled = this.#run()
  }

  unrest(): string | null {
    if (this.#running === null) return null
    const behind = this.#waiting.length === 0 ? '' : `, and ${this.#waiting.length} more wait behind it`
    return `the hook ${this.#running.hook.run[0]} of ${this.#group} still runs${behind}`
  }

  leaveOut(): void {
    if (this.#running !== null) this.#sayLeftOut(this.#running, 'the daemon ends before it has')
    for (const errand of this.#waiting.splice(0)) this.#sayLeftOut(errand, 'the daemon ends before its turn')
  }

  #sayLeftOut(errand: Errand | undefined, why: string): void {
    if (errand === undefined) return
    const { moment, epoch } = errand.occasion
    this.#logger.warn('hook-left-out', { group: this.#group, moment, epoch, run: errand.hook.run[0], why })
  }

  async #run(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      this.#running = next
      await this.#perform(next.hook, next.occasion)
    }
    this.#running = null
  }

  async #perform({ run, timeoutMs }: HookSpec, occasion: Occasion): Promise<void> {
    const { moment, group, epoch } = occasion
    const env = environmentOf(occasion)
    // Its arguments may be secrets, and what is logged is told.
    const about = { group, moment, epoch, run: run[0] }
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
