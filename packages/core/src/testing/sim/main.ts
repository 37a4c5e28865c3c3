/** `npm run sim`: worlds from seeds, judged by every checker; many of them, one of them, or with planted bugs. */
import { follow } from '../command-line.ts'
import { judgeMutants } from '../mutants/judge-mutants.ts'
import { readArguments, USAGE } from './arguments.ts'
import type { Request, Survey } from './arguments.ts'
import { runFarm } from './farm.ts'
import type { Tally } from './farm.ts'
import { explain, runSeed } from './run-seed.ts'
import { shippedParts } from './shipped-parts.ts'
import { shrink } from './shrink.ts'
import { stopSignal } from './stop-signal.ts'
import type { WorldOptions } from './world.ts'

/** How long a failure is made smaller. */
const SHRINK_MS = 30_000

function replayCommand({ seed, shape, keep, untilMs, groups }: WorldOptions): string {
  const parts = [`npm run sim -- --seed ${seed}`]
  if (shape !== undefined) parts.push(`--shape ${shape}`)
  if (keep !== undefined) parts.push(`--keep ${keep.length === 0 ? "''" : keep.join(',')}`)
  if (untilMs !== undefined) parts.push(`--until ${untilMs}`)
  if (groups !== undefined) parts.push(`--groups ${groups}`)
  return parts.join(' ')
}

function replay(options: WorldOptions, verbose: boolean): boolean {
  const result = runSeed({ ...options, verbose: true })
  const shown = verbose
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

async function runMany({ farm, json }: Survey): Promise<boolean> {
  const { seeds, jobs, keepGoing, shape } = farm
  const began = performance.now()
  let nextNews = began + 2000
  const onProgress = (tally: Tally): void => {
    if (performance.now() < nextNews) return
    nextNews = performance.now() + 2000
    const broken = tally.broken.map(({ seed }) => seed).join(' ')
    console.log(`${progress(tally, seeds, performance.now() - began)}${broken === '' ? '' : `; broken so far: ${broken}`}`)
  }
  const tally = await runFarm({ ...farm, onProgress })
  const { broken } = tally
  if (keepGoing) for (const each of broken) console.log(`violation: seed ${each.seed} (${each.shape}): ${each.what}`)
  const tookMs = performance.now() - began
  const verdict = broken.length === 0 ? 'no violation' : `${broken.length} violations`
  console.log(`${verdict}: ${progress(tally, seeds, tookMs)}`)
  const first = broken[0]
  if (first !== undefined) showSmall({ seed: first.seed, parts: shippedParts, ...(shape === undefined ? {} : { shape }) })
  if (json) console.log(JSON.stringify(summaryOf(tally, tookMs, jobs)))
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

async function run(request: Request): Promise<boolean> {
  switch (request.kind) {
    case 'survey':
      return runMany(request)
    case 'mutants':
      return judgeMutants(request.judgement, console.log, stopSignal())
    case 'replay':
      return replay({ ...request.world, parts: shippedParts }, request.verbose)
  }
}

process.exitCode = await follow(USAGE, readArguments, run)
