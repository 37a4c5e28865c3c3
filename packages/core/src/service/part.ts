import { BackendError } from '../backend.ts'
import type { Backend, Capabilities, Finding, Grant, Observation } from '../backend.ts'
import { lookMs } from './control.ts'
import type { Control, ServiceContext, Standing } from './control.ts'
import { isDown, isDownAfter, isNone, isOver, isRunning, look, standingOf, until } from './looks.ts'
import type { PartOptions } from './part-options.ts'
import { Patience } from './patience.ts'
import { Restarts } from './restarts.ts'
import { Standby } from './standby.ts'

/** What a start that was cut off has left behind is seen by then. */
const appearMs = 2000

/** A part of a group's service, steered like an endpoint: a claim starts it, a release stops it, in good order first and then by force. */
export class ServicePart implements Backend {
  readonly capabilities: Capabilities
  readonly name: string
  private readonly control: Control
  private readonly options: PartOptions
  private readonly context: ServiceContext
  private readonly restarts: Restarts
  private readonly patience: Patience
  /** null: there is no such role. */
  private readonly standby: Standby | null
  private stopWatch = (): void => undefined
  /** It was started here and not stopped by movip since. */
  private shouldRun = false
  /** A start was begun and not seen to end: what it started may yet come to be seen. */
  private mayAppear = false
  /** It has ended in a pause, which has been told. */
  private isLeftAlone = false
  /** Starts and stops come one after the other. */
  private turn = Promise.resolve()
  private isWanted = false
  /** Ends a halt before its time. */
  private letUp = (): void => undefined

  constructor(name: string, control: Control, options: PartOptions, context: ServiceContext) {
    const { order, startMs, stopMs } = options
    this.name = name
    this.control = control
    this.options = options
    this.context = context
    this.restarts = new Restarts(options.restarts, context)
    this.patience = new Patience(context.clock, startMs + stopMs)
    const bring = control.standby?.bind(control)
    this.standby = bring === undefined ? null : new Standby(control, bring, { name, everyMs: options.everyMs }, context)
    this.standby?.keep()
    this.capabilities = { exclusive: false, kernelFenced: false, settleMs: 0, service: { order, startMs, stopMs } }
  }

  get order(): number {
    return this.options.order
  }

  get startMs(): number {
    return this.options.startMs
  }

  get stopMs(): number {
    return this.options.stopMs
  }

  /** `up`: it was started here, and neither stopped nor seen to end since. `unwanted`: whoever steers it has released it. */
  get state(): 'up' | 'down' | 'unwanted' {
    if (this.shouldRun) return 'up'
    return this.isWanted ? 'down' : 'unwanted'
  }

  /** An operator may work on it: what was started here is left as it is. */
  private get isPaused(): boolean {
    return this.context.isPaused?.() === true
  }

  isInstalled(): Promise<boolean> {
    return this.control.isInstalled()
  }

  preflight(signal: AbortSignal): Promise<readonly Finding[]> {
    return this.control.preflight(signal)
  }

  async observe(signal: AbortSignal): Promise<Observation> {
    const seen = await look(this.control, signal)
    const standing = this.shouldRun ? this.patience.judge(seen) : seen
    if (standing.state === 'running' || (this.shouldRun && this.isPaused)) return { state: 'here' }
    if (standing.state === 'unknown') return { state: 'unknown', why: standing.why }
    if (!this.shouldRun) return isDown(standing) || this.isRefused(standing) ? { state: 'nowhere' } : { state: 'here' }
    this.shouldRun = false
    this.stopWatch()
    this.restarts.note(standing.why)
    return { state: 'nowhere' }
  }

  claim(_: Grant, signal: AbortSignal): Promise<void> {
    this.isWanted = true
    return this.inTurn(() => this.comeUp(signal))
  }

  private async comeUp(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const { startMs } = this.options
    await this.standby?.rest()
    const before = this.patience.judge(await this.settle(signal))
    if (before.state === 'failed' && this.isRefused(before))
      throw new BackendError('INVALID', `${this.name}: ${before.why}`, 'correct its options in cluster.yaml')
    // What a start that failed has left would else run beside what the next one starts.
    if (before.state === 'failed' || (this.mayAppear && !isRunning(before) && before.state !== 'standby')) await this.bringDown(signal)
    const limited = AbortSignal.any([signal, AbortSignal.timeout(startMs)])
    await this.begin(before, limited)
    const standing = await until(this.control, (now) => isRunning(now) || isOver(now), limited)
    if (isOver(standing)) throw new BackendError('FAILED', `${this.name} was started and has ended: ${standing.why}`, 'see its own log')
    if (standing.state !== 'running') {
      const fix = 'see its own log; a longer startTimeout helps where it is only slow'
      throw new BackendError('TIMEOUT', `${this.name} does not run after ${startMs} ms: ${standing.why}`, fix)
    }
    this.shouldRun = true
    this.mayAppear = false
    this.patience.renew()
    this.watch()
  }

  private async begin(before: Standing, signal: AbortSignal): Promise<void> {
    const { record } = this.options
    const isFirst = record?.isNoted() === false && before.state === 'stopped'
    // Before it is started: a daemon that is killed in between leaves nothing that nobody knows of.
    await record?.note(signal)
    if (isRunning(before)) return
    this.mayAppear = true
    try {
      await this.control.start(signal)
    } catch (error) {
      const isRefused = isFirst && error instanceof BackendError && error.code === 'INVALID'
      if (isRefused && isNone(await look(this.control, signal))) {
        this.mayAppear = false
        record.forget()
      }
      throw error
    }
  }

  /** It was never started here, and its program would not start it: there is nothing to stop, nor would that be possible. */
  private isRefused(standing: Standing): boolean {
    return standing.state === 'failed' && standing.isRefusal === true && this.options.record?.isNoted() === false
  }

  /** How it stands, once a start that was cut off has shown what it leaves behind. */
  private settle(signal: AbortSignal): Promise<Standing> {
    if (!this.mayAppear) return look(this.control, signal)
    return until(this.control, isRunning, AbortSignal.any([signal, AbortSignal.timeout(appearMs)]))
  }

  /** What is down is brought back into its standby role from then on. */
  release(_: number, signal: AbortSignal): Promise<void> {
    this.isWanted = false
    this.letUp()
    return this.inTurn(async () => {
      await this.comeDown(signal)
      this.options.record?.forget()
      this.standby?.keep()
    })
  }

  /** Stops it, as a release does, and keeps it down until then, or until it is released. What was not started here is left alone. */
  halt(signal: AbortSignal, ended: Promise<void>): Promise<void> {
    const { promise: isLetUp, resolve: letUp } = Promise.withResolvers<void>()
    this.letUp = letUp
    return new Promise((resolve, reject) => {
      void this.inTurn(async () => {
        await (this.shouldRun ? this.goDown(signal) : Promise.resolve()).then(resolve, reject)
        await Promise.race([ended, isLetUp])
      })
    })
  }

  /** What could not be stopped is still to run: it is watched on, and what becomes of it is told. */
  private async goDown(signal: AbortSignal): Promise<void> {
    try {
      await this.comeDown(signal)
    } catch (error) {
      this.shouldRun = true
      this.watch()
      throw error
    }
  }

  /** Whoever steers it looks, and finds it gone. */
  sayHalted(): void {
    this.context.changed(`${this.name}: stopped, to be started again`)
  }

  private async inTurn(act: () => Promise<void>): Promise<void> {
    const before = this.turn
    const { promise, resolve } = Promise.withResolvers<void>()
    this.turn = promise
    await before
    try {
      await act()
    } finally {
      resolve()
    }
  }

  private async comeDown(signal: AbortSignal): Promise<void> {
    await this.standby?.rest()
    this.stopWatch()
    this.shouldRun = false
    // What runs is not looked at first: each moment counts.
    const mayBeNone = this.mayAppear || this.options.record?.isNoted() === false
    if (mayBeNone && this.isRefused(await this.settle(signal))) return
    await this.bringDown(signal)
    this.mayAppear = false
  }

  /** In good order first, then by force. */
  private async bringDown(signal: AbortSignal): Promise<void> {
    const { stopMs } = this.options
    const orderly = AbortSignal.any([signal, AbortSignal.timeout(stopMs)])
    const trouble = await this.attempt(() => this.control.stop(orderly))
    // One that could not even be asked is not waited for.
    const asked = await until(this.control, (now) => isDown(now) || trouble !== null, orderly)
    if (isDownAfter(asked, trouble)) return this.patience.renew()
    const { kill } = this.control
    if (kill === undefined) throw this.notStopped(asked, trouble)
    this.context.logger.warn('service-killed', { group: this.context.group, part: this.name, stopMs })
    const forced = AbortSignal.any([signal, AbortSignal.timeout(lookMs)])
    const worse = await this.attempt(() => kill.call(this.control, forced))
    const killed = await until(this.control, (now) => isDown(now) || worse !== null, forced)
    if (!isDownAfter(killed, worse)) throw this.notStopped(killed, worse ?? trouble)
    this.patience.renew()
  }

  close(): Promise<void> {
    this.stopWatch()
    this.restarts.close()
    return this.standby?.rest() ?? Promise.resolve()
  }

  private async attempt(act: () => Promise<void>): Promise<string | null> {
    try {
      await act()
      return null
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }

  private notStopped(standing: Standing, trouble: string | null): BackendError {
    const why = trouble ?? (standing.state === 'running' ? 'it still runs' : standing.why)
    const fix = `stop it by hand on ${this.context.node}; movip goes on trying`
    // Whoever looks has said that it is down, in a way that is not believed.
    const told = isDown(standing) ? ': its check must end with 3 where it does not run, as one that breaks ends with 1' : ''
    return new BackendError('FAILED', `${this.name} could not be stopped: ${why}`, `${fix}${told}`)
  }

  private tellEnded(why: string): void {
    const { logger, group, changed } = this.context
    if (!this.isPaused) return changed(`${this.name}: ${why}`)
    if (!this.isLeftAlone) logger.info('service-left-alone', { group, part: this.name, why })
    this.isLeftAlone = true
  }

  /** One look at a time, at its own pace: what has ended is told to the runner, which looks for itself. */
  private watch(): void {
    this.stopWatch()
    const { clock } = this.context
    let isOver = false
    let cancel = (): void => undefined
    const lookAgain = (): void => {
      const limit = AbortSignal.timeout(lookMs)
      void standingOf(this.control, limit).then((standing) => {
        if (isOver) return
        this.patience.note(standing)
        const judged = this.patience.judge(standing)
        if (judged.state === 'running') this.isLeftAlone = false
        else if (judged.state !== 'unknown') this.tellEnded(judged.why)
        plan()
      })
    }
    const plan = (): void => {
      if (!isOver) cancel = clock.at(clock.now() + this.options.everyMs, lookAgain)
    }
    this.stopWatch = () => {
      isOver = true
      cancel()
    }
    plan()
  }
}
