import { lookMs } from './control.ts'
import type { Control, ServiceContext } from './control.ts'

export interface StandbyOptions {
  readonly name: string
  /** How often it is looked at. */
  readonly everyMs: number
}

/**
 * Keeps one part of a service in its standby role while it is not wanted to serve here: looks at it, and has it brought there again and again.
 * What it does is cut off as soon as the part is wanted.
 */
export class Standby {
  private readonly control: Pick<Control, 'standing' | 'stop'>
  private readonly bring: NonNullable<Control['standby']>
  private readonly options: StandbyOptions
  private readonly context: Pick<ServiceContext, 'clock' | 'logger' | 'group' | 'isPaused'>
  /** null: it rests. */
  private round: { readonly controller: AbortController; ended: Promise<void> } | null = null
  private cancel = (): void => undefined
  private said = ''

  constructor(
    control: Pick<Control, 'standing' | 'stop'>,
    bring: NonNullable<Control['standby']>,
    options: StandbyOptions,
    context: Pick<ServiceContext, 'clock' | 'logger' | 'group' | 'isPaused'>,
  ) {
    this.control = control
    this.bring = bring
    this.options = options
    this.context = context
  }

  /** From now on; the first look is at once. */
  keep(): void {
    if (this.round !== null) return
    const controller = new AbortController()
    const round = { controller, ended: Promise.resolve() }
    this.round = round
    const look = (): void => {
      round.ended = this.look(controller.signal).then(() => {
        if (!controller.signal.aborted) this.plan(this.options.everyMs, look)
      })
    }
    this.plan(0, look)
  }

  /** Resolves when nothing of it is under way any more. */
  async rest(): Promise<void> {
    this.cancel()
    const { round } = this
    this.round = null
    round?.controller.abort()
    await round?.ended
  }

  private plan(inMs: number, look: () => void): void {
    const { clock } = this.context
    this.cancel = clock.at(clock.now() + inMs, look)
  }

  /** Never rejects. What runs and serves is left to whoever steers the group, and all of it to an operator who has paused that. */
  private async look(signal: AbortSignal): Promise<void> {
    if (this.context.isPaused?.() === true) return
    try {
      const { state } = await this.control.standing(AbortSignal.any([signal, AbortSignal.timeout(lookMs)]))
      if (signal.aborted) return
      if (state === 'failed') await this.control.stop(signal)
      if (state === 'failed' || state === 'stopped') await this.bring(signal)
      if (state === 'standby' || state === 'running') this.said = ''
    } catch (error) {
      if (!signal.aborted) this.complain(error instanceof Error ? error.message : String(error))
    }
  }

  /** A failure that stays the same is said once. */
  private complain(why: string): void {
    if (why === this.said) return
    this.said = why
    this.context.logger.warn('standby-failed', { group: this.context.group, part: this.options.name, why })
  }
}
