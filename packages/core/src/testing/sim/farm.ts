import { availableParallelism } from 'node:os'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Batch, BatchResult, Broken } from './batch.ts'
import type { ShapeName } from './shape.ts'

export interface FarmOptions {
  readonly from: number
  readonly seeds: number
  /** Threads; as many as cores unless told. */
  readonly jobs?: number
  readonly shape?: ShapeName
  readonly keepGoing?: boolean
  /** Told after each batch. */
  readonly onProgress?: (tally: Tally) => void
}

/** What many worlds amount to. */
export interface Tally {
  readonly done: number
  readonly simulatedMs: number
  readonly events: number
  readonly commits: number
  /** In order of their seeds. */
  readonly broken: readonly Broken[]
}

/** Small enough to keep all threads busy to the end, large enough that talking costs nothing. */
const BATCH = 8

/** Runs worlds on several threads. Unless it keeps going it ends with the smallest seed that breaks a rule, however many threads there are. */
export async function runFarm(options: FarmOptions): Promise<Tally> {
  const farm = new Farm(options)
  const jobs = Math.max(1, Math.min(options.jobs ?? availableParallelism(), Math.ceil(options.seeds / BATCH)))
  await Promise.all(Array.from({ length: jobs }, () => farm.work()))
  return farm.tally
}

class Farm {
  readonly #options: FarmOptions
  /** Behind it no seed needs to be run. */
  #end: number
  #next: number
  #tally: Tally = { done: 0, simulatedMs: 0, events: 0, commits: 0, broken: [] }

  constructor(options: FarmOptions) {
    this.#options = options
    this.#next = options.from
    this.#end = options.from + options.seeds
  }

  /** Of broken rules behind the first one it is a matter of chance which were seen. */
  get tally(): Tally {
    const { broken } = this.#tally
    return this.#options.keepGoing === true ? this.#tally : { ...this.#tally, broken: broken.slice(0, 1) }
  }

  /** One thread, from its first batch to its last. */
  async work(): Promise<void> {
    const worker = new Worker(new URL(`./worker${extname(import.meta.filename)}`, import.meta.url), { execArgv: [] })
    const failed = new Promise<never>((_, reject) => void worker.once('error', reject))
    try {
      for (let batch = this.#take(); batch !== null; batch = this.#take()) {
        const answer = new Promise<BatchResult>((resolve) => void worker.once('message', resolve))
        worker.postMessage(batch)
        this.#add(await Promise.race([answer, failed]))
      }
    } finally {
      await worker.terminate()
    }
  }

  #take(): Batch | null {
    const { shape, keepGoing = false } = this.#options
    const from = this.#next
    const seeds = Math.min(BATCH, this.#end - from)
    if (seeds <= 0) return null
    this.#next += seeds
    return { from, seeds, keepGoing, ...(shape === undefined ? {} : { shape }) }
  }

  #add(result: BatchResult): void {
    const { done, simulatedMs, events, commits, broken } = this.#tally
    this.#tally = {
      done: done + result.seeds,
      simulatedMs: simulatedMs + result.simulatedMs,
      events: events + result.events,
      commits: commits + result.commits,
      broken: [...broken, ...result.broken].toSorted((a, b) => a.seed - b.seed),
    }
    const first = this.#tally.broken[0]
    if (first !== undefined && this.#options.keepGoing !== true) this.#end = Math.min(this.#end, first.seed)
    this.#options.onProgress?.(this.#tally)
  }
}
