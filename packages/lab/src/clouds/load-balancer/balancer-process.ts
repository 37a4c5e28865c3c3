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

const config = JSON.parse(process.argv[2] ?? '') as BalancerConfig
const { backends, probe, probeSource } = config
const judges = new Map(backends.map(({ name }) => [name, new Judge(probe)]))
const tell = (line: readonly unknown[]): void => void process.stdout.write(`${JSON.stringify(line)}\n`)

function load(): void {
  const healthy = new Set([...judges].flatMap(([name, { isHealthy }]) => (isHealthy ? [name] : [])))
  const input = `table inet balancer {}\ndelete table inet balancer\n${balancingRules(config, healthy)}\n`
  const { status, stderr } = spawnSync('nft', ['-f', '-'], { input, encoding: 'utf8' })
  if (status !== 0) throw new Error(`nft failed: ${stderr.trim()}\n${input}`)
}

/** Attempts begin one interval apart, however long each takes: the timeout is never longer. */
async function watch({ name, address }: BackendConfig): Promise<void> {
  const judge = judges.get(name)
  for (let at = nowMs(); judge !== undefined; at += probe.intervalMs) {
    await sleep(Math.max(0, at - nowMs()))
    const { good, reason } = await ask(address, probeSource, probe)
    const isNews = judge.hear(good)
    if (isNews) load()
    const health: Health = { name, healthy: judge.isHealthy, reason }
    tell([isNews ? 'health' : 'asked', nowMs(), health])
  }
}

load()
createInterface({ input: process.stdin }).on('close', () => process.exit(0))
for (const backend of backends) void watch(backend)
tell(['ready'])
