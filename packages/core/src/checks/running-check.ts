import type { CheckSpec, DataPosition, Instant } from '../model/index.ts'
import type { Clock } from '../ports.ts'
import type { Probe, ProbeResult } from './kind.ts'
import { Rescues } from './rescues.ts'
import type { Slots } from './slots.ts'
import { begin, elapse, hear, isHeldOff, newVerdict, rest } from './verdict.ts'
import type { Verdict, VerdictState } from './verdict.ts'

export interface RunningCheckOptions {
  readonly spec: CheckSpec
  readonly clock: Clock
  readonly probe: Probe
  readonly slots: Slots
  /** In [0, 1): where within its period it runs, so that not all of them run at once. */
  readonly phase: number
  /** The verdict may have changed. */
  readonly onVerdict: (verdict: Verdict) => void
  /** Restarts what it tests on the holder; ends when that is over, well or not. */
  readonly onRestart?: (why: string) => Promise<void>
  /** Whether an operator has paused the group: then nothing is restarted. */
  readonly isPaused?: () => boolean
}

/** How a check stands, for people and programs. */
export interface CheckStatus {
  readonly id: string
  readonly kind: string
  readonly on: CheckSpec['on']
  readonly state: VerdictState
  /** Age of the state. */
  readonly sinceMs: number
  /** Of the last result; null: there was none. */
  readonly reason: string | null
  readonly lastOk: boolean | null
  readonly lastAgoMs: number | null
  readonly lastTookMs: number | null
  /** Failures that still count. */
  readonly failures: number
  /** Rest of the hold-off after a failure; 0: none. */
  readonly heldOffMs: number
  /** How often it had the service restarted here, of those that still count; absent: it never does. */
  readonly restarts?: { readonly count: number; readonly max: number; readonly withinMs: number; readonly isUnderWay: boolean }
  readonly position?: string | number
  readonly lagMs?: number
  readonly lagBytes?: number
}

/** What a probe says goes to all nodes. */
const reasonMax = 300
/** A probe that has not got its turn for so long has failed. */
const queueMs = 10_000

/** One probe from its due time to its end. */
interface Attempt {
  readonly controller: AbortController
  readonly dueAt: Instant
  /** null: it waits for its turn. */
  startedAt: Instant | null
  /** It took too long: its result is known, although it has not ended. */
  givenUp: boolean
}

/** One check on this node: probes on its period, never two at a time, and judges what comes of it. */
export class RunningCheck {
  readonly spec: CheckSpec
  private readonly options: RunningCheckOptions
  private verdict: Verdict
  private attempt: Attempt | null = null
  private last: { readonly result: ProbeResult; readonly at: Instant; readonly tookMs: number | null } | null = null
  private active: boolean | null = null
  /** It began anew while a probe from before was on its way out. */
  private again = false
  private readonly rescues: Rescues | null
  /** The restart that goes on: what is being restarted is not judged. */
  private rescue: object | null = null
  private cancelTick = (): void => undefined
  private cancelLook = (): void => undefined

  constructor(options: RunningCheckOptions) {
    this.options = options
    this.spec = options.spec
    this.verdict = newVerdict(options.clock.now())
    this.rescues = options.spec.restart === undefined || options.onRestart === undefined ? null : new Rescues(options.spec.restart)
  }

  get present(): Verdict {
    return this.verdict
  }

  /** How far this node's data is, by its last probe and as of the beginning of that; null: that did not tell, or it does not run. */
  get position(): DataPosition | null {
    const { last, verdict } = this
    if (!verdict.runs || last?.result.ok !== true || last.result.position === undefined) return null
    return { position: String(last.result.position), at: last.at - (last.tookMs ?? 0) }
  }

  /** Whether the group is active on this node. */
  setActive(active: boolean): void {
    if (active === this.active) return
    const { spec, clock } = this.options
    const wasRunning = this.verdict.runs
    const runs = spec.on === 'both' || (spec.on === 'active') === active
    // Only a new holder has just started something; the former one has not.
    const isNews = runs && (!wasRunning || active)
    this.active = active
    this.rescue = null
    if (isNews) this.judge(begin(this.verdict, spec, clock.now()))
    else if (!runs && wasRunning) this.judge(rest(this.verdict, spec, clock.now()))
    if (runs && !wasRunning) this.start()
    else if (!runs) this.cease()
  }

  close(): void {
    this.cease()
    this.cancelLook()
  }

  status(): CheckStatus {
    const { spec, clock } = this.options
    const now = clock.now()
    const { state, since, failures, heldUntil, reason } = this.verdict
    const { last } = this
    const tookMs = last?.tookMs ?? null
    const { ok: lastOk = null, reason: lastReason = null, ...data } = last?.result ?? {}
    return {
      id: spec.id,
      kind: spec.kind,
      on: spec.on,
      state,
      sinceMs: Math.round(now - since),
      reason: state === 'failing' && lastOk === true ? reason : lastReason,
      lastOk,
      lastAgoMs: last === null ? null : Math.round(now - last.at),
      lastTookMs: tookMs === null ? null : Math.round(tookMs),
      failures: failures.length,
      heldOffMs: Math.max(0, Math.round(heldUntil - now)),
      ...(this.rescues === null
        ? {}
        : { restarts: { ...this.rescues.limit, count: this.rescues.count(now), isUnderWay: this.rescue !== null } }),
      ...data,
    }
  }

  private start(): void {
    this.arm()
    if (this.attempt === null) void this.run()
    else this.again = true
  }

  private cease(): void {
    this.again = false
    this.cancelTick()
    this.attempt?.controller.abort()
  }

  private arm(): void {
    const { clock, spec, phase } = this.options
    const due = (Math.floor(clock.now() / spec.everyMs - phase) + 1 + phase) * spec.everyMs
    this.cancelTick = clock.at(due, () => {
      this.arm()
      if (this.attempt === null) void this.run()
      else this.complain(this.attempt, clock.now())
    })
  }

  /** The probe before this one has not ended. */
  private complain({ dueAt, startedAt, givenUp }: Attempt, now: Instant): void {
    const waitMs = now - dueAt
    if (givenUp) this.note({ ok: false, reason: `an earlier probe hangs since ${seconds(waitMs)}` }, null)
    else if (startedAt === null && waitMs >= queueMs)
      this.note({ ok: false, reason: `no turn for ${seconds(waitMs)}: other checks hang or take too long` }, null)
  }

  /** Never rejects. The next probe begins only when this one has really ended, which may be long after it was given up. */
  private async run(): Promise<void> {
    const { clock, slots, probe } = this.options
    const attempt: Attempt = { controller: new AbortController(), dueAt: clock.now(), startedAt: null, givenUp: false }
    const { signal } = attempt.controller
    this.attempt = attempt
    const over = await slots.turn()
    if (!signal.aborted) {
      attempt.startedAt = clock.now()
      const ended = attemptProbe(probe, signal)
      const result = await Promise.race([ended, this.timeout(attempt)])
      if (!signal.aborted) this.note(result, clock.now() - attempt.startedAt)
      attempt.controller.abort()
      await ended
    }
    over()
    this.attempt = null
    if (!this.again) return
    this.again = false
    void this.run()
  }

  /** A bad result when the time is up; nothing ever when the probe is over before. */
  private timeout(attempt: Attempt): Promise<ProbeResult> {
    const { clock, spec } = this.options
    return new Promise((resolve) => {
      const cancel = clock.at(clock.now() + spec.timeoutMs, () => {
        attempt.givenUp = true
        resolve({ ok: false, reason: `no answer within ${spec.timeoutMs} ms` })
      })
      attempt.controller.signal.addEventListener('abort', cancel, { once: true })
    })
  }

  private note(result: ProbeResult, tookMs: number | null): void {
    const now = this.options.clock.now()
    const short = { ...result, reason: result.reason?.slice(0, reasonMax) ?? null }
    this.last = { result: short, at: now, tookMs }
    if (this.rescue !== null) return
    const heard = hear(this.verdict, this.options.spec, short, now)
    const isBad = heard.state === 'failing' && !short.ok && this.active === true
    if (!isBad || this.rescues === null || this.options.isPaused?.() === true) return this.judge(heard)
    if (this.rescues.take(now)) return void this.restart(heard.reason ?? '')
    const { max } = this.rescues.limit
    const isNews = this.verdict.state !== 'failing'
    return this.judge(isNews ? { ...heard, reason: `${heard.reason}, also after ${max === 1 ? 'a restart' : `${max} restarts`}` } : heard)
  }

  /** Whatever comes of it, the service gets its time to start before anything counts again. */
  private async restart(why: string): Promise<void> {
    const { spec, clock, onRestart } = this.options
    const rescue = {}
    this.rescue = rescue
    this.verdict = { ...this.verdict, against: 0 }
    await onRestart?.(why)
    if (this.rescue !== rescue) return
    this.rescue = null
    this.judge(begin(this.verdict, spec, clock.now()))
  }

  private judge(verdict: Verdict): void {
    this.verdict = verdict
    this.lookLater()
    this.options.onVerdict(verdict)
  }

  /** The end of a hold-off changes what there is to say, without any probe. */
  private lookLater(): void {
    const { clock } = this.options
    this.cancelLook()
    if (!isHeldOff(this.verdict, clock.now())) return
    this.cancelLook = clock.at(this.verdict.heldUntil, () => {
      this.verdict = elapse(this.verdict, clock.now())
      this.options.onVerdict(this.verdict)
    })
  }
}

async function attemptProbe(probe: Probe, signal: AbortSignal): Promise<ProbeResult> {
  try {
    return await probe(signal)
  } catch (error) {
    return { ok: false, reason: (error instanceof Error ? error.message : String(error)) || 'it failed without a reason' }
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
