/** The suite `lan`: every fault of the scenarios, ten times each, judged by the client and the observer. */
import { measureFloor } from '../floor.ts'
import { startLab } from '../lab.ts'
import type { Scenario } from '../scenarios.ts'
import { scenarios } from '../scenarios.ts'
import type { Row, Series } from './figures.ts'
import { median, plainRow, rowsOf } from './figures.ts'
import { IDLE_ROWS, measureIdle } from './idle.ts'
import { createBed, runSeries } from './series.ts'

export interface SuiteOptions {
  readonly runs: number
  /** Names of scenarios and idle rows; empty: all. */
  readonly only: readonly string[]
  readonly say: (text: string) => void
}

const FLOOR_RUNS_MIN = 10

export async function runLan({ runs, only, say }: SuiteOptions): Promise<readonly Row[]> {
  const wanted = (name: string): boolean => only.length === 0 || only.includes(name)
  const rows: Row[] = []
  const floor = await floorRow(Math.max(runs, FLOOR_RUNS_MIN))
  rows.push(floor)
  say(`floor ${floor.value} ms`)
  if (IDLE_ROWS.some(wanted)) rows.push(...(await measureIdle(runs, say)).filter(({ name }) => wanted(name)))
  for (const lanes of inLanes(scenarios.filter(({ name }) => wanted(name)))) {
    const played = await Promise.all(lanes.map((lane) => playLane(lane, runs, say)))
    rows.push(...played.flat().flatMap((series) => rowsOf(series, floor.value ?? 0)))
  }
  return rows
}

/** One lab, whose cluster serves one scenario after the other. */
async function playLane(lane: readonly Scenario[], runs: number, say: (text: string) => void): Promise<readonly Series[]> {
  const bed = createBed()
  try {
    const played: Series[] = []
    for (const scenario of lane) played.push(await runSeries(bed, scenario, { runs, say }))
    return played
  } finally {
    await bed.close()
  }
}

const LONG_MS = 10_000

/**
 * What is played one after the other, and within that what is played side by side. Scenarios that mostly wait, and whose
 * bounds are far above the noise of a second lab on the same machine, go in two lanes; all others have the machine to
 * themselves. Scenarios of one profile share a cluster, so they come one after the other.
 */
function inLanes(chosen: readonly Scenario[]): readonly (readonly (readonly Scenario[])[])[] {
  const waits = ({ bound, faultMs }: Scenario): boolean => bound === 'failover' && faultMs >= LONG_MS
  const long = chosen.filter(waits)
  const alone = chosen.filter((scenario) => !waits(scenario)).toSorted((a, b) => b.profile.localeCompare(a.profile))
  return [[alone], [long.filter((_, i) => i % 2 === 0), long.filter((_, i) => i % 2 === 1)]]
}

async function floorRow(runs: number): Promise<Row> {
  const lab = await startLab()
  try {
    const { outagesMs } = await measureFloor(lab, runs)
    return plainRow('floor.outage.median', median(outagesMs), 'ms', null, { runs, detail: { outagesMs } })
  } finally {
    lab.close()
  }
}

/** Every name that `only` may contain. */
export const lanNames: readonly string[] = [...scenarios.map(({ name }) => name), ...IDLE_ROWS]
