/** `npm run sim`: worlds from seeds, judged by every checker; many of them, one of them, or with planted bugs. */
import { counted, follow } from '../command-line.ts'
import { commitOfSources } from '../commit.ts'
import { judgeMutants } from '../mutants/judge-mutants.ts'
import { readArguments, USAGE } from './arguments.ts'
import type { Request, Survey } from './arguments.ts'
import { runFarm } from './farm.ts'
import type { Tally } from './farm.ts'
import { replay, replayCommand } from './replay.ts'
import { explain, runSeed } from './run-seed.ts'
import { shippedParts } from './shipped-parts.ts'
import { shrink } from './shrink.ts'
import { stopSignal } from './stop-signal.ts'
import type { WorldOptions } from './world.ts'

/** How long a failure is made smaller. */
const SHRINK_MS = 30_000

/** Tells what broke in the smallest world that can be found in a while. */
function showSmall(options: WorldOptions): void {
  const began = performance.now()
  const first = runSeed(options)
  const { options: small, result, runs } = shrink(options, first, () => performance.now() - began < SHRINK_MS)
  console.log(explain(result))
  console.log(
    `violation: seed ${options.seed} (${first.shape}): ${first.violation?.message ?? 'not seen again'}; replay with: ${replayCommand(options)}`,
  )
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  console.log(
    `shrunk from ${first.faults.length} faults to ${result.faults.length} in ${runs} worlds, ${seconds} s: ${replayCommand(small)}`,
  )
}

async function runMany({ farm, json }: Survey): Promise<boolean> {
  const { seeds, jobs, keepGoing, shape } = farm
  const commit = commitOfSources()
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
  const verdict = broken.length === 0 ? 'no violation' : counted(broken.length, 'violation')
  console.log(`${verdict}: ${progress(tally, seeds, tookMs)}`)
  const first = broken[0]
  if (first !== undefined) showSmall({ seed: first.seed, parts: shippedParts, ...(shape === undefined ? {} : { shape }) })
  if (json) console.log(JSON.stringify({ commit, ...summaryOf(tally, tookMs, jobs) }))
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
    case 'replay': {
      const { story, isSound } = replay({ ...request.world, parts: shippedParts }, request.verbose)
      console.log(story)
      return isSound
    }
  }
}

process.exitCode = await follow(USAGE, readArguments, run)
