/**
 * Worlds from seeds, judged by every checker.
 * `npm run sim -- [--seeds N] [--from K] [--jobs J] [--shape NAME] [--keep-going] [--json]` runs many and makes the first failure small;
 * `npm run sim -- --mutants [--only NAME] [--seeds N] [--from K] [--jobs J] [--without-stories]` demands that each planted bug is convicted;
 * `npm run sim -- --seed S [--keep 3,7] [--until MS] [--groups N] [--shape NAME] [--verbose]` tells the story of one.
 */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { judgeMutants } from '../mutants/judge-mutants.ts'
import { runFarm } from './farm.ts'
import type { Tally } from './farm.ts'
import { explain, runSeed } from './run-seed.ts'
import { SHAPES } from './shape.ts'
import type { ShapeName } from './shape.ts'
import { shippedParts } from './shipped-parts.ts'
import { shrink } from './shrink.ts'
import type { WorldOptions } from './world.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    'keep-going': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    shape: { type: 'string' },
    seed: { type: 'string' },
    keep: { type: 'string' },
    until: { type: 'string' },
    groups: { type: 'string' },
    verbose: { type: 'boolean', default: false },
    mutants: { type: 'boolean', default: false },
    only: { type: 'string' },
    'without-stories': { type: 'boolean', default: false },
  },
})

/** How long a failure is made smaller. */
const SHRINK_MS = 30_000

function wholeNumber(name: string, text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`--${name} takes a whole number, not "${text}"`)
  return number
}

function shapeOf(text: string | undefined): { shape?: ShapeName } {
  if (text === undefined) return {}
  const shape = SHAPES.find((name) => name === text)
  if (shape === undefined) throw new Error(`--shape takes one of ${SHAPES.join(', ')}, not "${text}"`)
  return { shape }
}

/** The one world that the command line names. */
function worldOf(seed: number): WorldOptions {
  const { keep, until, groups } = values
  return {
    seed,
    parts: shippedParts,
    ...shapeOf(values.shape),
    ...(keep === undefined ? {} : { keep: keep === '' ? [] : keep.split(',').map((number) => wholeNumber('keep', number)) }),
    ...(until === undefined ? {} : { untilMs: wholeNumber('until', until) }),
    ...(groups === undefined ? {} : { groups: wholeNumber('groups', groups) }),
  }
}

function replayCommand({ seed, shape, keep, untilMs, groups }: WorldOptions): string {
  const parts = [`npm run sim -- --seed ${seed}`]
  if (shape !== undefined) parts.push(`--shape ${shape}`)
  if (keep !== undefined) parts.push(`--keep ${keep.length === 0 ? "''" : keep.join(',')}`)
  if (untilMs !== undefined) parts.push(`--until ${untilMs}`)
  if (groups !== undefined) parts.push(`--groups ${groups}`)
  return parts.join(' ')
}

function replay(options: WorldOptions): boolean {
  const result = runSeed({ ...options, verbose: true })
  const shown = values.verbose
    ? result
    : { ...result, timeline: result.timeline.filter((line) => !/\s(beat|renew|lease|observe)\s|call=\d.*observe/.test(line)) }
  console.log(explain(shown))
  return result.violation === null
}

/** Tells what broke in the smallest world that can be found in a while. */
function showSmall(options: WorldOptions): void {
  const began = performance.now()
  const first = runSeed(options)
  const { options: small, result, runs } = shrink(options, first, () => performance.now() - began < SHRINK_MS)
  console.log(explain(result))
  console.log(`violation: seed ${options.seed}; replay with: ${replayCommand(options)}`)
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  console.log(
    `shrunk from ${first.faults.length} faults to ${result.faults.length} in ${runs} worlds, ${seconds} s: ${replayCommand(small)}`,
  )
}

async function runMany(from: number, seeds: number): Promise<boolean> {
  const began = performance.now()
  let nextNews = began + 2000
  const onProgress = (tally: Tally): void => {
    if (performance.now() < nextNews) return
    nextNews = performance.now() + 2000
    const broken = tally.broken.map(({ seed }) => seed).join(' ')
    console.log(`${progress(tally, seeds, performance.now() - began)}${broken === '' ? '' : `; broken so far: ${broken}`}`)
  }
  const jobs = wholeNumber('jobs', values.jobs)
  const tally = await runFarm({ from, seeds, jobs, keepGoing: values['keep-going'], ...shapeOf(values.shape), onProgress })
  const { broken } = tally
  if (values['keep-going']) for (const { seed, shape, what } of broken) console.log(`violation: seed ${seed} (${shape}): ${what}`)
  const tookMs = performance.now() - began
  const verdict = broken.length === 0 ? 'no violation' : `${broken.length} violations`
  console.log(`${verdict}: ${progress(tally, seeds, tookMs)}`)
  const first = broken[0]
  if (first !== undefined) showSmall(worldOf(first.seed))
  if (values.json) console.log(JSON.stringify(summaryOf(tally, tookMs, jobs)))
  return broken.length === 0
}

/** The last line for programs that read this. */
function summaryOf({ done, simulatedMs, events, commits, broken }: Tally, tookMs: number, jobs: number): object {
  return { seeds: done, violations: broken.length, firstSeed: broken[0]?.seed ?? null, simulatedMs, tookMs, events, commits, jobs }
}

function progress({ done, simulatedMs, events }: Tally, of: number, tookMs: number): string {
  const perSecond = (done / tookMs) * 1000
  return `${done}/${of} seeds, ${perSecond.toFixed(1)} seeds/s, ${(simulatedMs / tookMs).toFixed(0)}x real time, ${(simulatedMs / 1000).toFixed(0)} s simulated, ${events} events`
}

async function run(): Promise<boolean> {
  if (values.seed !== undefined) return replay(worldOf(wholeNumber('seed', values.seed)))
  const worlds = { from: wholeNumber('from', values.from), seeds: wholeNumber('seeds', values.seeds) }
  if (!values.mutants) return runMany(worlds.from, worlds.seeds)
  const jobs = wholeNumber('jobs', values.jobs)
  return judgeMutants({ only: values.only, stories: !values['without-stories'], jobs, json: values.json, ...worlds }, console.log)
}

const good = await run()
process.exitCode = good ? 0 : 1
