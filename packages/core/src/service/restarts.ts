import type { BackendContext, Instant } from '../backend.ts'

/** So many ends of its own within so long; one more makes this node unfit for the group. */
export interface RestartLimit {
  readonly max: number
  readonly withinMs: number
}

/** Counts how often a part of a service ended by itself. Each is forgotten after its time. */
export class Restarts {
  private readonly limit: RestartLimit
  private readonly context: Pick<BackendContext, 'clock' | 'fitness'>
  private ends: Instant[] = []
  private last = ''
  private cancel = (): void => undefined

  constructor(limit: RestartLimit, context: Pick<BackendContext, 'clock' | 'fitness'>) {
    this.limit = limit
    this.context = context
  }

  /** It has ended by itself. */
  note(why: string): void {
    this.ends.push(this.context.clock.now())
    this.last = why
    this.judge()
  }

  close(): void {
    this.cancel()
  }

  private judge(): void {
    const { clock, fitness } = this.context
    const { max, withinMs } = this.limit
    this.cancel()
    this.ends = this.ends.filter((at) => clock.now() - at < withinMs)
    const [oldest] = this.ends
    const isTooOften = this.ends.length > max
    fitness(isTooOften ? `ended by itself ${this.ends.length} times within ${Math.round(withinMs / 1000)} s: ${this.last}` : null)
    if (oldest !== undefined) this.cancel = clock.at(oldest + withinMs, () => this.judge())
  }
}
