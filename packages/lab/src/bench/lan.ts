/** The suite `lan`: every fault of the scenarios, ten times each, judged by the client and the observer. */
import { measureFloor } from '../floor.ts'
import { startLab } from '../lab.ts'
import type { Scenario } from '../scenarios.ts'
import { scenarios } from '../scenarios.ts'
import type { Row } from './figures.ts'
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
  const bed = createBed()
  try {
    for (const scenario of inOrder(scenarios.filter(({ name }) => wanted(name)))) {
      const series = await runSeries(bed, scenario, { runs, say })
      rows.push(...rowsOf(series, floor.value ?? 0))
    }
  } finally {
    await bed.close()
  }
  return rows
}

/** Scenarios of one profile share a cluster, so they come one after the other. */
function inOrder(chosen: readonly Scenario[]): readonly Scenario[] {
  return chosen.toSorted((a, b) => b.profile.localeCompare(a.profile))
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
