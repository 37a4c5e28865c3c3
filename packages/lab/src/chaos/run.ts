/** A chaos run: storms of faults and calms in between, on real daemons, judged all the time. */
import { setTimeout as sleep } from 'node:timers/promises'
import { longestOutage } from '../analysis/outage.ts'
import { provenance } from '../bench/report.ts'
import { nowMs } from '../system/libc.ts'
import type { Arena } from './arena.ts'
import { createArena } from './arena.ts'
import { causesOf, inconclusive } from './judgement.ts'
import { kindsFor } from './kinds.ts'
import { planStorms } from './plan.ts'
import type { ChaosResult, GroupRow } from './result.ts'
import { StormMaker } from './storm-maker.ts'
import type { GroupWatch } from './group-watch.ts'
import { Umpire } from './umpire.ts'

export interface ChaosOptions {
  readonly minutes: number
  readonly seed: number
  readonly nodes: number
  readonly say: (text: string) => void
}

/** Of the profile `lan`. */
const LEASE_MS = 1000
const ELECTION_MS = 900
/** Four rounds of both, and a second for links to be made anew. */
const GRACE_MS = 4 * (LEASE_MS + ELECTION_MS) + 1000
/** After that nothing may move any more. */
const QUIET_MS = 5000
const REST_MAX_MS = GRACE_MS + QUIET_MS
const CONTROL_MS = 8000
const FLOOR_MIN_MS = 50
const FLOOR_FACTOR = 1.5
const LOOK_EVERY_MS = 100
const LOOK_AT_CPUS_EVERY_MS = 20
const RUNS_KEPT_MS = 120_000

export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const arena = await createArena(options)
  const over = new AbortController()
  try {
    return await Promise.race([play(arena, options, over.signal), arena.broken])
  } finally {
    over.abort()
    await arena.close()
  }
}

async function play(arena: Arena, options: ChaosOptions, signal: AbortSignal): Promise<ChaosResult> {
  const { minutes, seed } = options
  await arena.cluster.untilSteady(30_000)
  const zero = nowMs()
  const say = (text: string): void => options.say(`${((nowMs() - zero) / 1000).toFixed(1).padStart(7)} ${text}`)
  const floorMs = await measureNoise(arena)
  const { kinds, left } = kindsFor(arena)
  const storms = planStorms({ seed, totalMs: minutes * 60_000, calmMs: REST_MAX_MS, kinds })
  say(`seed ${seed}: ${storms.length} storms, ${kinds.length} kinds of faults, noise up to ${floorMs.toFixed(0)} ms`)
  for (const text of left) say(`not possible here: ${text}`)
  const world = { nodes: arena.lab.network.nodes.map(({ name }) => name), graceMs: GRACE_MS, leaseMs: LEASE_MS }
  const umpire: Umpire = new Umpire({ arena, world, floorMs, zero, say, runs: () => maker.runs })
  const maker = new StormMaker({ arena, say, signal, holderOf: (group) => umpire.holderOf(group), coordinator: () => umpire.coordinator })
  const watching = watch({ arena, umpire, maker, signal })
  const restMs: number[] = []
  const playing = (async () => {
    for (const [i, storm] of storms.entries()) {
      say(`storm ${i + 1} of ${storms.length}: ${storm.faults.length} faults in ${(storm.lengthMs / 1000).toFixed(0)} s`)
      await maker.play(storm)
      say('calm')
      const tookMs = await calm(arena, umpire)
      say(`at rest after ${tookMs.toFixed(0)} ms`)
      restMs.push(tookMs)
    }
  })()
  await Promise.race([playing, watching])
  const end = nowMs()
  umpire.close(end)
  for (const text of maker.stuck) umpire.find(text, { from: end, to: end })
  const shaky = inconclusive(umpire.outages)
  return {
    schemaVersion: 1,
    command: `npm run chaos -- --minutes ${minutes} --seed ${seed}${options.nodes === 3 ? '' : ` --nodes ${options.nodes}`}`,
    ...provenance(),
    seed,
    nodes: options.nodes,
    lastedS: (end - zero) / 1000,
    storms: storms.length,
    faults: Object.fromEntries(maker.counts),
    left,
    missed: maker.missed,
    restMs,
    restMaxMs: REST_MAX_MS,
    graceMs: GRACE_MS,
    floorMs,
    groups: umpire.watches.map((watched) => groupRow(watched, umpire)),
    causes: causesOf(umpire.outages),
    outages: umpire.outages,
    exits: arena.supervisor.exits.map((exit) => ({ ...exit, at: exit.at - zero })),
    findings: umpire.findings,
    inconclusive: shaky,
    ok: umpire.findings.length === 0 && shaky === null,
  }
}

/** What a client loses while nothing happens at all, with a margin. */
async function measureNoise({ groups }: Arena): Promise<number> {
  const from = nowMs()
  await sleep(CONTROL_MS)
  const longest = groups.map(({ client }) => longestOutage(client.since(from), { from, to: nowMs() }).lengthMs)
  return Math.max(FLOOR_MIN_MS, FLOOR_FACTOR * Math.max(...longest))
}

/** Ends only when it fails. */
async function watch(parts: { arena: Arena; umpire: Umpire; maker: StormMaker; signal: AbortSignal }): Promise<never> {
  const { arena, umpire, maker, signal } = parts
  for (let next = 0; ;) {
    umpire.lookAtCpus()
    const now = nowMs()
    if (now >= next) {
      next = now + LOOK_EVERY_MS
      arena.supervisor.look(now)
      umpire.look(now)
      maker.forget(now - RUNS_KEPT_MS)
    }
    await sleep(LOOK_AT_CPUS_EVERY_MS, undefined, { signal })
  }
}

/** Waits until the calm is over. In time everybody is served, and soon after all nodes are at rest; returns how soon. */
async function calm({ cluster }: Arena, umpire: Umpire): Promise<number> {
  const begin = nowMs()
  const rest = cluster.untilSteady(REST_MAX_MS).then(
    () => nowMs() - begin,
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  )
  await sleep(GRACE_MS)
  umpire.demandService(nowMs())
  await sleep(QUIET_MS)
  const restMs = await rest
  if (typeof restMs === 'number') return restMs
  umpire.find(firstLines(restMs), { from: begin, to: nowMs() })
  return nowMs() - begin
}

/** Without the logs, of which a finding brings those that matter. */
function firstLines({ message }: Error): string {
  return message.split('\n').slice(0, 1).join()
}

function groupRow(watched: GroupWatch, umpire: Umpire): GroupRow {
  const { outages } = watched
  const lengths = umpire.outages.filter(({ group }) => group === watched.name).map(({ lengthMs }) => lengthMs)
  return {
    group: watched.name,
    availabilityPercent: outages.asked === 0 ? 0 : (100 * outages.answered) / outages.asked,
    asked: outages.asked,
    outages: lengths.length,
    longestMs: Math.max(0, ...lengths),
    totalMs: lengths.reduce((sum, length) => sum + length, 0),
    dualHolderMs: { answers: watched.answers.totalMs, wire: watched.wire.totalMs },
    lostFrames: watched.lost(),
    asleepMs: outages.asleepMs,
  }
}
