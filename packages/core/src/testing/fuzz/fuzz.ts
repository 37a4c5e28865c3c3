import { appendFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type fc from 'fast-check'
import { keepFailure, pastFailures } from './corpus.ts'

/** Something that reads bytes from elsewhere, and what must hold whatever they are. */
export interface FuzzTarget {
  /** Names its folder of past failures. */
  readonly name: string
  /** Where the package keeps past failures. */
  readonly corpus: URL
  /** One case: byte strings that are read one after the other. */
  readonly cases: fc.Arbitrary<readonly Uint8Array[]>
  /** Throws if something does not hold. */
  readonly check: (inputs: readonly Uint8Array[]) => void | Promise<void>
  /** A case of it costs a connection or a file: fewer of them where no number was asked for. */
  readonly costly?: boolean
  /** No input may keep its reader busy for longer than this. Generous unless told otherwise: the machine may be busy, too. */
  readonly caseMsMax?: number
}

/** What came of one target; a line of the file that `FUZZ_RECORDS` names. */
export interface FuzzRecord {
  readonly target: string
  /** New ones that were put before it. */
  readonly cases: number
  readonly tookMs: number
  readonly failure: string | null
}

const casesByDefault = { cheap: 1000, costly: 200 }
const caseMsMaxByDefault = 5000
/** What may be retained after the second half of the cases beyond what was after the first. */
const retainedMbMax = 16
const shrinksMax = { cheap: 1000, costly: 100 }
const progressMs = 5000

/**
 * Puts past failures and then new cases before the target: `FUZZ_CASES` of them, drawn from `FUZZ_SEED`; `FUZZ_TARGET` names the only ones. A case that fails is made as small
 * as it will, kept among the past failures, and thrown with the command that repeats the run.
 */
export async function assertHolds(fastCheck: typeof fc, target: FuzzTarget): Promise<void> {
  const wanted = process.env['FUZZ_TARGET']?.split(',') ?? [target.name]
  if (!wanted.includes(target.name)) return
  const startedAt = performance.now()
  let cases = 0
  const record = (failure: string | null): void =>
    keepRecord({ target: target.name, cases, tookMs: performance.now() - startedAt, failure })
  try {
    await putAll(fastCheck, target, () => (cases += 1))
  } catch (error) {
    record(error instanceof Error ? error.message : String(error))
    throw error
  }
  record(null)
}

async function putAll(fastCheck: typeof fc, target: FuzzTarget, onCase: () => void): Promise<void> {
  const folder = new URL(`${target.name}/`, target.corpus)
  for (const { file, inputs } of pastFailures(folder)) {
    await checkInTime(target, inputs).catch((cause: unknown) => {
      throw new Error(`${target.name} fails again on ${file.pathname}: ${textOf(cause)}`, { cause })
    })
  }
  const cost = target.costly === true ? 'costly' : 'cheap'
  const count = numberIn('FUZZ_CASES') ?? casesByDefault[cost]
  const seed = numberIn('FUZZ_SEED') ?? Math.floor(Math.random() * 2 ** 31)
  const progress = startProgress(target.name, count, seed)
  const heap = watchHeap(count)
  const property = fastCheck.asyncProperty(fastCheck.limitShrink(target.cases, shrinksMax[cost]), async (inputs) => {
    onCase()
    progress.step()
    heap.step()
    await checkInTime(target, inputs).catch((error: unknown) => {
      progress.failed(textOf(error))
      throw error
    })
  })
  const { failed, counterexample, errorInstance } = await fastCheck.check(property, { numRuns: count, seed })
  progress.end()
  const again = `again: npm run fuzz -- --target ${target.name} --seed ${seed} --cases ${count}`
  if (failed) {
    const why = textOf(errorInstance)
    const file = counterexample === null ? null : keepFailure(folder, `${why}\nfound with seed ${seed}`, counterexample[0])
    throw new Error(`${target.name}: ${why}\nkept as ${file?.pathname ?? 'nothing'}\n${again}`, { cause: errorInstance })
  }
  const grownMb = heap.grownMb()
  if (grownMb > retainedMbMax)
    throw new Error(`${target.name}: half of the cases left ${grownMb.toFixed(1)} MB behind, more than ${retainedMbMax}\n${again}`)
}

function keepRecord(record: FuzzRecord): void {
  const file = process.env['FUZZ_RECORDS']
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(record)}\n`)
}

async function checkInTime(target: FuzzTarget, inputs: readonly Uint8Array[]): Promise<void> {
  const { caseMsMax = caseMsMaxByDefault } = target
  const startedAt = performance.now()
  let timer: NodeJS.Timeout | undefined
  const late = (): Promise<never> =>
    new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`one case did not end within ${caseMsMax} ms`)), caseMsMax)
    })
  try {
    const checked = target.check(inputs)
    if (checked !== undefined) await Promise.race([checked, late()])
  } finally {
    clearTimeout(timer)
  }
  const tookMs = performance.now() - startedAt
  if (tookMs > caseMsMax) throw new Error(`one case took ${Math.round(tookMs)} ms, more than ${caseMsMax}`)
}

interface Progress {
  step(): void
  failed(why: string): void
  end(): void
}

function startProgress(name: string, count: number, seed: number): Progress {
  const startedAt = performance.now()
  let done = 0
  let hasFailed = false
  let toldAt = startedAt
  const tell = (): void => {
    toldAt = performance.now()
    const seconds = ((toldAt - startedAt) / 1000).toFixed(1)
    process.stderr.write(`fuzz ${name}: ${done} of ${count} cases, ${seconds} s, seed ${seed}\n`)
  }
  return {
    step() {
      if (performance.now() - toldAt > progressMs) tell()
      done += 1
    },
    /** Told at once: making the case small takes its time. */
    failed(why) {
      if (!hasFailed) process.stderr.write(`fuzz ${name}: case ${done} failed (${why.slice(0, 300)}) and is made small\n`)
      hasFailed = true
    },
    end: tell,
  }
}

/** What stays in memory, looked at after half of the cases, when everything that is made once was made, and at the end. */
function watchHeap(count: number): { step(): void; grownMb(): number } {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const retained = (): number => {
    collect()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return (heapUsed + arrayBuffers) / 2 ** 20
  }
  let done = 0
  let atHalf: number | null = null
  return {
    step() {
      done += 1
      if (done === Math.ceil(count / 2)) atHalf = retained()
    },
    grownMb: () => (atHalf === null ? 0 : retained() - atHalf),
  }
}

function numberIn(variable: string): number | null {
  const text = process.env[variable]
  if (text === undefined || text === '') return null
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${variable} is "${text}": give a whole number`)
  return value
}

function textOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
