/** What a cluster costs while nothing happens, and how long the command line takes to start. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { startCluster } from '../cluster/cluster.ts'
import type { Daemon } from '../cluster/daemon.ts'
import { PROGRAM } from '../cluster/daemon.ts'
import { startLab } from '../lab.ts'
import { nowMs } from '../system/libc.ts'
import { cpuTime, stolenPercent } from '../system/steal.ts'
import { sleep } from '../wait.ts'
import type { Row } from './figures.ts'
import { median, plainRow } from './figures.ts'

export const IDLE_ROWS = ['idle-cpu', 'idle-memory', 'help-time', 'status-time'] as const

const GROUPS = 10
const IDLE_MS = 20_000
/** What is new to the engine of JavaScript is compiled again and again at first; idle begins when that has calmed down. */
const SETTLING_MS = 30_000
const IDLE_CPU_MAX_PERCENT = 3
const IDLE_MEMORY_MAX_MB = 140
const START_FACTOR_MAX = 2

/** All four need the same cluster of three nodes and ten groups. */
export async function measureIdle(runs: number, say: (text: string) => void): Promise<readonly Row[]> {
  const lab = await startLab()
  try {
    const cluster = await startCluster(lab, { groups: GROUPS, disk: 'folder' })
    await cluster.untilSteady()
    // Idle means idle: nobody asks, nobody looks.
    lab.client.stop()
    lab.observer.stop()
    const costs = await idleCosts(cluster.daemons)
    say(`idle: ${costs.map((row) => `${row.name} ${row.value} ${row.unit}`).join(', ')}`)
    const starts = startTimes(cluster.daemons, Math.max(runs, 10))
    say(`start: ${starts.map((row) => `${row.name} ${row.value} ms of ${row.bound}`).join(', ')}`)
    await cluster.stop()
    return [...costs, ...starts]
  } finally {
    lab.close()
  }
}

/** The worst of the daemons, each with its nats-server. */
async function idleCosts(daemons: readonly Daemon[]): Promise<readonly Row[]> {
  await sleep(SETTLING_MS)
  const stealBefore = cpuTime()
  const before = daemons.map((daemon) => ({ at: nowMs(), cpuMs: daemon.cpuMs() }))
  await sleep(IDLE_MS)
  const percents = daemons.map((daemon, i) => {
    const { at, cpuMs } = before[i] ?? { at: 0, cpuMs: 0 }
    return (100 * (daemon.cpuMs() - cpuMs)) / (nowMs() - at)
  })
  const memory = daemons.map((daemon) => daemon.residentMb())
  const rest = { runs: daemons.length }
  return [
    plainRow('idle-cpu', Math.max(...percents), '%', IDLE_CPU_MAX_PERCENT, {
      ...rest,
      detail: { perNode: percents, stolenPercent: stolenPercent(stealBefore, cpuTime()) },
    }),
    plainRow('idle-memory', Math.max(...memory), 'MB', IDLE_MEMORY_MAX_MB, { ...rest, detail: { perNode: memory } }),
  ]
}

/** Each against an oclif program that does nothing, in turns, so that a busy moment hits all alike. */
function startTimes(daemons: readonly Daemon[], runs: number): readonly Row[] {
  const empty = fileURLToPath(new URL('../../empty-oclif/run.js', import.meta.url))
  const config = daemons[0]?.configFile ?? ''
  const programs = {
    empty: [empty, 'nothing'],
    help: [PROGRAM, '--help'],
    status: [PROGRAM, 'status', '--config', config],
  }
  const times = { empty: [] as number[], help: [] as number[], status: [] as number[] }
  for (let run = 0; run < runs; run++) {
    for (const [name, args] of Object.entries(programs)) times[name as keyof typeof times].push(timeOf(args))
  }
  const bound = START_FACTOR_MAX * median(times.empty)
  const row = (name: 'help' | 'status'): Row =>
    plainRow(`${name}-time`, median(times[name]), 'ms', bound, { runs, detail: { empty: median(times.empty) } })
  return [row('help'), row('status')]
}

function timeOf(args: readonly string[]): number {
  const from = nowMs()
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`)
  return nowMs() - from
}
