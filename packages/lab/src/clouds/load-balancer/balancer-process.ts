/**
 * A load balancer in a namespace of its own: it asks its backends, and loads the kernel's rules anew whenever it thinks otherwise of one.
 * The parent hears of every change, and may give it another configuration by a line on the standard input.
 */
import { spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { nowMs } from '../../system/libc.ts'
import { ask } from './ask.ts'
import type { BackendConfig, BalancerConfig, Health } from './config.ts'
import { Judge } from './judge.ts'
import { balancingRules } from './rules.ts'

let config = JSON.parse(process.argv[2] ?? '') as BalancerConfig
let judges = new Map<string, Judge>()
const tell = (line: readonly unknown[]): void => void process.stdout.write(`${JSON.stringify(line)}\n`)

function load(): void {
  const healthy = new Set([...judges].flatMap(([name, { isHealthy }]) => (isHealthy ? [name] : [])))
  const input = `table inet balancer {}\ndelete table inet balancer\n${balancingRules(config, healthy)}\n`
  const { status, stderr } = spawnSync('nft', ['-f', '-'], { input, encoding: 'utf8' })
  if (status !== 0) throw new Error(`nft failed: ${stderr.trim()}\n${input}`)
}

/** Attempts begin one interval apart, however long each takes: the timeout is never longer. It ends when another judge has taken its place. */
async function watch({ name, address }: BackendConfig, judge: Judge): Promise<void> {
  const { probe, probeSource } = config
  for (let at = nowMs(); ; at += probe.intervalMs) {
    await sleep(Math.max(0, at - nowMs()))
    const { good, reason } = await ask(address, probeSource, probe)
    if (judges.get(name) !== judge) return
    const isNews = judge.hear(good)
    if (isNews) load()
    const health: Health = { name, healthy: judge.isHealthy, reason }
    tell([isNews ? 'health' : 'asked', nowMs(), health])
  }
}

/** Whoever was a member and still is keeps what was thought of it. */
function begin(): void {
  const before = judges
  const members = config.backends.filter(({ isMember }) => isMember !== false)
  judges = new Map(members.map(({ name }) => [name, new Judge(config.probe, before.get(name)?.isHealthy)]))
  load()
  for (const backend of members) void watch(backend, judges.get(backend.name) ?? new Judge(config.probe))
}

begin()
const lines = createInterface({ input: process.stdin })
lines.on('line', (line) => {
  config = JSON.parse(line) as BalancerConfig
  begin()
  tell(['configured'])
})
lines.on('close', () => process.exit(0))
tell(['ready'])
