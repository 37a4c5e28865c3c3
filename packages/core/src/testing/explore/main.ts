/** `npm run explore`: searches small worlds of the shipped engine, each in a thread of its own. */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { counted, follow } from '../command-line.ts'
import { commitOfSources } from '../commit.ts'
import { readArguments, USAGE, worldNamed } from './arguments.ts'
import type { Request } from './arguments.ts'
import { search, summary } from './search.ts'
import type { Limits, Report } from './search.ts'

interface Job {
  readonly world: string
  readonly limits: Limits
}

if (isMainThread) process.exitCode = await follow(USAGE, readArguments, exploreAll)
else parentPort?.postMessage(exploreOne(workerData as Job))

function exploreOne({ world, limits }: Job): Report {
  return search(worldNamed(world), limits)
}

/** True: nothing is broken. */
async function exploreAll({ worlds, limits, jobs: threads, json }: Request): Promise<boolean> {
  const commit = commitOfSources()
  const jobs = worlds.map(({ name }): Job => ({ world: name, limits }))
  const reports: Report[] = []
  const worker = async (): Promise<void> => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      const report = await inThread(job)
      reports.push(report)
      console.log([summary(report), ...(report.violation?.story ?? [])].join('\n'))
    }
  }
  await Promise.all(Array.from({ length: threads }, worker))
  console.log(totals(reports))
  if (json) console.log(JSON.stringify({ commit, ...answerOf(reports) }))
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
  return [counted(worlds, 'world'), counted(violations, 'violation'), counted(states, 'state'), counted(transitions, 'transition')].join(
    ', ',
  )
}
