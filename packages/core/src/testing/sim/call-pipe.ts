import type { CallResult } from '../../runner/types.ts'
import type { EventQueue } from './queue.ts'
import type { SeededRandom } from './random.ts'

/** How the machine treats calls at present. */
export interface BackendWeather {
  latencyMs: number
  failRate: number
  hangRate: number
  unknownRate: number
  /** Whether claims do anything at all; a claim that does not may tell so, or hang until it is aborted. */
  claims: 'work' | 'fail' | 'hang'
}

/** All calls do what they should. */
export const FINE: BackendWeather = { latencyMs: 2, failRate: 0, hangRate: 0, unknownRate: 0, claims: 'work' }

/** What a call does at the far side. */
export interface Work {
  /** It changes nothing and sees what all calls before it have come to. */
  readonly isReading?: boolean
  readonly isClaiming?: boolean
  /** The call leaves for the far side. */
  readonly begin?: () => void
  /** It has got there. `isOrphan`: who made it is dead by now; `isAborted`: gave it up. */
  readonly act: (how: { readonly isOrphan: boolean; readonly isAborted: boolean }) => CallResult
}

interface Call {
  readonly work: Work
  settle: ((result: CallResult) => void) | null
  isOrphan: boolean
  hasBegun: boolean
  /** Set once the far side has acted, or never will. */
  over: boolean
  /** Ends the call as was drawn when it began. */
  finish: () => void
}

interface PipeOptions {
  /** An answer takes so many times as long as the weather says. */
  readonly slowness?: number
  /** An aborted call may be carried out after the next one, but not after one that is reading. Else never after a later one. */
  readonly reorders?: boolean
}

/** The calls of one endpoint on one machine, carried out one after the other. An aborted call may still be carried out. */
export class CallPipe {
  readonly #queue: EventQueue
  readonly #random: SeededRandom
  readonly #weather: BackendWeather
  readonly #slowness: number
  readonly #reorders: boolean
  #calls: Call[] = []
  /** Calls of this life that were aborted and have been overtaken. */
  #late: Call[] = []
  /** Calls of lives that are over, which the far side has not seen yet. */
  #orphans: Call[] = []

  constructor(queue: EventQueue, random: SeededRandom, weather: BackendWeather, { slowness = 1, reorders = false }: PipeOptions = {}) {
    this.#queue = queue
    this.#random = random
    this.#weather = weather
    this.#slowness = slowness
    this.#reorders = reorders
  }

  get #latencyMs(): number {
    return this.#weather.latencyMs * this.#slowness
  }

  /** Starts a call and returns what aborts it. */
  call(work: Work, settle: (result: CallResult) => void): () => void {
    const call: Call = { work, settle, isOrphan: false, hasBegun: false, over: false, finish: () => {} }
    this.#calls.push(call)
    this.#beginFirst()
    return () => this.#abort(call)
  }

  /** What hangs comes to its end. */
  heal(): void {
    const slow = [...this.#orphans, ...this.#late, ...this.#calls.slice(0, 1)]
    for (const call of slow) this.#queue.after(this.#latencyMs, () => call.finish())
  }

  /** The caller died: what it had asked for is done at this moment, or never. */
  crash(): void {
    for (const call of this.#calls) {
      call.settle = null
      if (!call.over && this.#random.chance(0.3)) this.#act(call)
      call.over = true
    }
    this.#calls = []
  }

  /** The caller died: what is under way to somebody else gets there all the same, beside the calls of the next life. */
  orphan(): void {
    for (const call of this.#calls) if (!call.hasBegun) call.over = true
    this.#orphans = [...this.#orphans, ...this.#late, ...this.#calls].filter(({ over }) => !over)
    for (const call of this.#orphans) {
      call.settle = null
      call.isOrphan = true
    }
    this.#calls = []
    this.#late = []
  }

  #begin(call: Call): void {
    if (call.work.isReading === true && this.#late.length > 0) return
    const weather = this.#weather
    call.hasBegun = true
    call.work.begin?.()
    const hangs = this.#random.chance(weather.hangRate)
    const fails = this.#random.chance(weather.failRate)
    const delay = hangs ? this.#random.between(1000, 8000) : this.#latencyMs * this.#random.between(0.2, 2)
    call.finish = () => {
      if (call.over) return
      // A failed call may have done its work all the same.
      const acted = fails && this.#random.chance(0.5) ? null : this.#act(call)
      const result: CallResult = fails
        ? { ok: false, code: 'FAILED', message: 'the simulated backend failed', aborted: false }
        : (acted as CallResult)
      call.over = true
      const settle = call.settle
      this.#queue.after(this.#random.between(0, this.#latencyMs), () => settle?.(result))
      this.#next(call)
    }
    if (call.work.isClaiming === true && weather.claims === 'hang') return
    this.#queue.after(delay, () => call.finish())
  }

  #act({ work, settle, isOrphan }: Call): CallResult {
    if (work.isClaiming === true && this.#weather.claims !== 'work')
      return { ok: false, code: 'FAILED', message: 'the simulated backend claims nothing', aborted: false }
    return work.act({ isOrphan, isAborted: settle === null })
  }

  #abort(call: Call): void {
    const settle = call.settle
    if (settle === null) return
    call.settle = null
    settle({ ok: false, code: 'TIMEOUT', message: 'aborted', aborted: true })
    if (call.over) return
    if (this.#calls[0] === call && call.hasBegun) {
      // Under way: it lands late or never, and what follows may have to wait for that.
      const lands = this.#random.chance(0.5)
      this.#queue.after(this.#random.between(0, this.#latencyMs * 2), () => {
        if (call.over) return
        if (lands) this.#act(call)
        call.over = true
        this.#next(call)
      })
      if (this.#reorders) {
        this.#late.push(call)
        this.#next(call)
      }
      return
    }
    call.over = true
    this.#calls = this.#calls.filter((other) => other !== call)
    this.#beginFirst()
  }

  #next(done: Call): void {
    if (done.over) this.#late = this.#late.filter((call) => call !== done)
    if (this.#calls[0] === done) this.#calls.shift()
    this.#beginFirst()
  }

  #beginFirst(): void {
    const [first] = this.#calls
    if (first !== undefined && !first.hasBegun) this.#begin(first)
  }
}
