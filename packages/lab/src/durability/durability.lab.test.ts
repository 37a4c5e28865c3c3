/** The order of disk and wire in real daemons, seen from outside: by the system calls that each of them makes. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startCluster } from '../cluster/cluster.ts'
import type { Lab } from '../lab.ts'
import { startLab } from '../lab.ts'
import { pollUntil } from '../wait.ts'
import { judgeTrace } from './judge.ts'

/** A coordinator is killed so often, each time another one is elected, and it comes back. */
const ROUNDS = 3
const CALLS = 'trace=openat,fdatasync,fsync,msync,pwrite64,pwritev,pwritev2,write,writev,sendto,sendmsg'

let lab: Lab | null = null
let traces: ReadonlyMap<string, string> = new Map()

/** The daemon stays the child of who started it, and its tracer ends with it. One file for all its lives. */
const traced = (file: string): readonly string[] => [
  'strace',
  '-D',
  '-A',
  '-f',
  '--seccomp-bpf',
  '-ttt',
  '-yy',
  '-s',
  '1048576',
  '-e',
  CALLS,
  '-o',
  file,
]

beforeAll(async () => {
  lab = await startLab()
  const { path } = lab.network.folder
  const fileOf = (name: string): string => join(path, `trace-${name}`)
  const cluster = await startCluster(lab, { under: (name) => traced(fileOf(name)) })
  const lives: number[] = []
  await cluster.untilSteady()
  for (let round = 1; round <= ROUNDS; round++) {
    const { holder, coordinator, bystander } = await cluster.untilSteady()
    await cluster.switchover(holder, bystander)
    lives.push(coordinator.pid() ?? 0)
    await coordinator.kill()
    await pollUntil(async () => {
      const answers = await Promise.all(cluster.daemons.filter((daemon) => daemon !== coordinator).map((daemon) => daemon.status()))
      return answers.every((answer) => ![undefined, null, coordinator.name].includes(answer?.engine.coordinator))
    }, 'another coordinator')
    coordinator.start()
  }
  await cluster.untilSteady()
  lives.push(...cluster.daemons.map((daemon) => daemon.pid() ?? 0))
  await cluster.stop()
  const read = (): ReadonlyMap<string, string> => new Map(cluster.daemons.map(({ name }) => [name, readFileSync(fileOf(name), 'utf8')]))
  await pollUntil(() => {
    const all = [...read().values()].join('\n')
    return lives.every((pid) => new RegExp(`^${pid}\\s.*\\+\\+\\+ (exited|killed)`, 'm').test(all))
  }, 'the end of every trace')
  traces = read()
}, 180_000)
afterAll(() => lab?.close())

it('a daemon sends no vote, no candidacy, no acknowledgement and no beat before its disk has confirmed what they say', () => {
  const judgements = [...traces.values()].map(judgeTrace)
  expect(judgements.flatMap(({ violations }) => violations)).toEqual([])
  const counted = (source: 'vote-request' | 'vote-answer' | 'append-answer' | 'beat'): number =>
    judgements.reduce((sum, { judged }) => sum + judged[source], 0)
  console.log('judged:', JSON.stringify(judgements.map(({ judged }) => judged)))
  // An acquittal counts only where there was something to judge: in each round one asks the two others, and one answers.
  expect(counted('vote-request')).toBeGreaterThan(ROUNDS)
  expect(counted('vote-answer')).toBeGreaterThanOrEqual(ROUNDS)
  expect(counted('append-answer')).toBeGreaterThan(4 * ROUNDS)
  expect(counted('beat')).toBeGreaterThan(20 * ROUNDS)
})

it('the same traces convict every daemon when its syncs are taken away, and when they come later than they did', () => {
  for (const trace of traces.values()) {
    const lines = trace.split('\n')
    const isSync = (line: string): boolean => /\b(fdatasync|fsync)\b/.test(line)
    const without = lines.filter((line) => !isSync(line))
    expect(judgeTrace(without.join('\n')).violations.length).toBeGreaterThan(10)
    expect(judgeTrace([...without, ...lines.filter(isSync)].join('\n')).violations.length).toBeGreaterThan(10)
  }
})
