/**
 * `npm run explore -- [--world NAME] [--states N] [--depth D] [--jobs J] [--json]`: searches small worlds of the shipped engine,
 * each in a thread of its own. N: most distinct states a world; D: what a story may cost, in place of each world's own bound.
 */
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { search, summary } from './search.ts'
import type { Limits, Report } from './search.ts'
import { WORLDS } from './worlds.ts'
import type { World } from './worlds.ts'

interface Job {
  readonly world: string
  readonly limits: Limits
}

const STATES = '4000000'

if (isMainThread) process.exitCode = (await exploreAll()) ? 0 : 1
else parentPort?.postMessage(exploreOne(workerData as Job))

function exploreOne({ world, limits }: Job): Report {
  return search(worldNamed(world), limits)
}

function worldNamed(name: string): World {
  const world = WORLDS.find((other) => other.name === name)
  if (world === undefined) throw new Error(`there is no world "${name}"; there is ${WORLDS.map((other) => other.name).join(', ')}`)
  return world
}

/** True: nothing is broken. */
async function exploreAll(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      world: { type: 'string', multiple: true },
      states: { type: 'string', default: STATES },
      depth: { type: 'string' },
      jobs: { type: 'string', default: '2' },
      json: { type: 'boolean', default: false },
    },
  })
  const states = wholeNumber('states', values.states)
  const limits: Limits = values.depth === undefined ? { states } : { states, bound: wholeNumber('depth', values.depth) }
  const worlds = values.world?.map(worldNamed) ?? WORLDS
  const jobs = worlds.map(({ name }): Job => ({ world: name, limits }))
  const reports: Report[] = []
  const worker = async (): Promise<void> => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      const report = await inThread(job)
      reports.push(report)
      console.log([summary(report), ...(report.violation?.story ?? [])].join('\n'))
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, wholeNumber('jobs', values.jobs)) }, worker))
  console.log(totals(reports))
  if (values.json) console.log(JSON.stringify(answerOf(reports)))
  return reports.every(({ violation }) => violation === null)
}

function inThread(job: Job): Promise<Report> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(new URL(import.meta.url), { workerData: job })
    thread.once('message', resolve)
    thread.once('error', reject)
  })
}

function answerOf(reports: readonly Report[]) {
  const sum = (of: (report: Report) => number): number => reports.reduce((total, report) => total + of(report), 0)
  return {
    worlds: reports.length,
    violations: reports.filter(({ violation }) => violation !== null).length,
    states: sum(({ states }) => states),
    transitions: sum(({ transitions }) => transitions),
    reports,
  }
}

function totals(all: readonly Report[]): string {
  const { worlds, violations, states, transitions } = answerOf(all)
  return `${worlds} worlds, ${violations} violations, ${states} states, ${transitions} transitions`
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`--${name} takes a whole number, not "${text}"`)
  return number
}
