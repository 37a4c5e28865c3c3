/**
 * Everything that must hold before a change is accepted, stage by stage, on one machine in less than half an hour.
 * A failed stage does not stop the later ones, except those that need its result. The last line counts it all:
 * the tests of the vitest runs, and one for every other stage.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Asked } from '../packages/core/src/testing/command-line.ts'
import { UsageError, follow } from '../packages/core/src/testing/command-line.ts'
import { type Count, type Result, countOfReport, formatSummary, sum } from './count.ts'

interface Stage {
  readonly name: string
  readonly command: readonly string[]
  readonly limitMinutes: number
  readonly needs?: string
  /** A vitest run: its tests are counted one by one. */
  readonly project?: boolean
}

const run = (...args: readonly string[]) => ['bash', 'scripts/run.sh', ...args]
const project = (name: string, limitMinutes: number, needs?: string): Stage => ({
  name,
  command: ['vitest', 'run', `--project=${name}`, '--reporter=default', '--reporter=json'],
  limitMinutes,
  project: true,
  ...(needs === undefined ? {} : { needs }),
})

const stages: readonly Stage[] = [
  { name: 'build', command: run('build'), limitMinutes: 2 },
  { name: 'lint', command: run('lint'), limitMinutes: 2 },
  { name: 'format', command: run('format:check'), limitMinutes: 1 },
  { name: 'deadcode', command: run('deadcode'), limitMinutes: 1 },
  project('unit', 10),
  project('fuzz', 5),
  project('sim', 15),
  project('lab', 30, 'build'),
  project('lab-pairs', 10, 'build'),
  { name: 'chaos', command: run('chaos', '--minutes', '3'), limitMinutes: 6, needs: 'build' },
]

const USAGE = `test [STAGE ...]

Every stage, or only these: ${stages.map(({ name }) => name).join(', ')}`

const env = process.stdout.isTTY ? process.env : { ...process.env, NO_COLOR: '1' }
const reports = mkdtempSync(join(tmpdir(), 'movip-test-'))
let running: number | null = null
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(signal))

/** Passes a signal on to the stage at work, which stands in a process group of its own, and ends with it. */
function stop(signal: NodeJS.Signals): void {
  if (running !== null) signalGroup(running, signal)
  rmSync(reports, { recursive: true, force: true })
  console.log(`stopped by ${signal}`)
  process.exit(130)
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Runs one command to its end, or to its time limit; true if it succeeded. */
async function succeeds(command: readonly string[], limitMinutes: number): Promise<boolean> {
  const [program = '', ...args] = command
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'], detached: true, env })
  const group = child.pid
  if (group === undefined) return false
  running = group
  const timers = [
    setTimeout(() => (console.log(`longer than ${limitMinutes} min: stopped`), signalGroup(group, 'SIGTERM')), limitMinutes * 60_000),
    setTimeout(() => signalGroup(group, 'SIGKILL'), limitMinutes * 60_000 + 15_000),
  ]
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve))
  timers.forEach(clearTimeout)
  running = null
  return code === 0
}

async function perform(stage: Stage): Promise<Count> {
  if (!stage.project)
    return (await succeeds(stage.command, stage.limitMinutes)) ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 }
  const file = join(reports, `${stage.name}.json`)
  const succeeded = await succeeds([...stage.command, `--outputFile.json=${file}`], stage.limitMinutes)
  return countOfReport(readReport(file), succeeded)
}

function readReport(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return null
  }
}

/** The stages that are asked for by name; all of them where none is. */
function readArguments(args: readonly string[]): Asked<readonly Stage[]> {
  if (args.includes('--help') || args.includes('-h')) return 'help'
  const stranger = args.find((name) => !stages.some((stage) => stage.name === name))
  if (stranger !== undefined) throw new UsageError(`there is no stage "${stranger}"`)
  return stages.filter(({ name }) => args.length === 0 || args.includes(name))
}

async function runStages(wanted: readonly Stage[]): Promise<boolean> {
  const results: Result[] = [
    { name: 'setup', seconds: Number(process.env['SETUP_SECONDS'] ?? 0), count: { passed: 1, failed: 0, skipped: 0 }, note: '' },
  ]
  for (const stage of wanted) {
    const broken = results.find((result) => result.name === stage.needs && result.count.failed > 0)
    if (broken !== undefined) {
      results.push({ name: stage.name, seconds: 0, count: { passed: 0, failed: 1, skipped: 0 }, note: `not run: needs ${broken.name}` })
      continue
    }
    console.log(`\n== ${stage.name}`)
    const started = performance.now()
    const count = await perform(stage)
    results.push({ name: stage.name, seconds: (performance.now() - started) / 1000, count, note: '' })
  }
  const total = sum(results.map((result) => result.count))
  console.log(formatSummary(results, total))
  return total.failed === 0
}

process.exitCode = await follow(USAGE, readArguments, runStages)
rmSync(reports, { recursive: true, force: true })
