/** The suite `sim`: how fast the simulator is, how much of it fits into CI, what it found, and whether it finds every planted bug. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Row } from './figures.ts'
import { atLeastRow, plainRow } from './figures.ts'

export const simNames = ['sim-speed', 'ci-seeds', 'violations', 'mutants', 'states'] as const
type Name = (typeof simNames)[number]

export interface SimOptions {
  /** Names of rows; empty: all. */
  readonly only: readonly string[]
  readonly say: (text: string) => void
}

const SPEED_SEEDS = 200
const SPEED_MIN = 200
const CI_SEEDS = 2000
const CI_SECONDS_MAX = 300
const SEEDS = 100_000
const MUTANTS_MIN = 25
const STATES_MIN = 10_000_000
const STATES_PER_WORLD = 1_200_000

/** The last line of a program of the simulator that was asked for JSON. */
type Answer = Readonly<Record<string, unknown>>

const measures: Readonly<Record<Name, (say: (text: string) => void) => Promise<readonly Row[]>>> = {
  async 'sim-speed'(say) {
    const detail = await ask('sim', ['--shape', 'three', '--seeds', String(SPEED_SEEDS), '--jobs', '1'], say)
    const speed = numberIn(detail, 'simulatedMs') / numberIn(detail, 'tookMs')
    return [atLeastRow('sim-speed', speed, 'x', SPEED_MIN, { runs: SPEED_SEEDS, detail })]
  },
  async 'ci-seeds'(say) {
    const detail = await ask('sim', ['--seeds', String(CI_SEEDS)], say)
    return [plainRow('ci-seeds.time', numberIn(detail, 'tookMs') / 1000, 's', CI_SECONDS_MAX, { runs: CI_SEEDS, detail })]
  },
  async violations(say) {
    const detail = await ask('sim', ['--seeds', String(SEEDS), '--from', '1000000', '--keep-going'], say)
    return [
      plainRow('violations', numberIn(detail, 'violations'), 'count', 0, { runs: numberIn(detail, 'seeds'), detail }),
      atLeastRow('violations.seeds', numberIn(detail, 'seeds'), 'count', SEEDS, { runs: 1, detail: {} }),
    ]
  },
  async mutants(say) {
    const detail = await ask('sim', ['--mutants'], say)
    const planted = numberIn(detail, 'planted')
    return [
      atLeastRow('mutants.planted', planted, 'count', MUTANTS_MIN, { runs: 1, detail: {} }),
      plainRow('mutants.survived', numberIn(detail, 'survived'), 'count', 0, { runs: planted, detail }),
    ]
  },
  async states(say) {
    const detail = await ask('explore', ['--states', String(STATES_PER_WORLD)], say)
    return [
      atLeastRow('states', numberIn(detail, 'states'), 'count', STATES_MIN, { runs: numberIn(detail, 'worlds'), detail }),
      plainRow('states.violations', numberIn(detail, 'violations'), 'count', 0, { runs: 1, detail: {} }),
    ]
  },
}

export async function runSim({ only, say }: SimOptions): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const name of simNames) {
    if (only.length > 0 && !only.includes(name)) continue
    for (const row of await measures[name](say)) {
      rows.push(row)
      say(`${row.name} ${row.value} ${row.unit}`)
    }
  }
  return rows
}

/** Runs a program of the simulator; what it tells on the way is passed on, its last line is the answer. */
async function ask(program: 'sim' | 'explore', args: readonly string[], say: (text: string) => void): Promise<Answer> {
  const file = fileURLToPath(new URL(`../../../core/dist/testing/${program}/main.js`, import.meta.url))
  const child = spawn(process.execPath, [file, ...args, '--json'], { stdio: ['ignore', 'pipe', 'inherit'] })
  let last = ''
  for await (const line of createInterface({ input: child.stdout })) {
    if (last !== '') say(last)
    last = line
  }
  if (child.exitCode === null) await once(child, 'exit')
  try {
    return JSON.parse(last) as Answer
  } catch (cause) {
    throw new Error(`${program} ${args.join(' ')} ended with ${child.exitCode} and without an answer: ${last}`, { cause })
  }
}

function numberIn(answer: Answer, key: string): number {
  const value = answer[key]
  if (typeof value !== 'number') throw new Error(`the answer has no number "${key}": ${JSON.stringify(answer)}`)
  return value
}
