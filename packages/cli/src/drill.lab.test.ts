import { spawn } from 'node:child_process'
import { GROUP, startCluster, startLab } from '@movip/lab'
import type { Cluster, Daemon, Lab } from '@movip/lab'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { bin, movip, run } from './testing/bin.ts'
import type { Ended } from './testing/bin.ts'
import type { DrillResult } from './views/drill.ts'

// Faults on purpose, on a cluster of three real daemons: the first holds the group, the second takes it, the third looks on.
let lab: Lab
let cluster: Cluster
let holder: Daemon
let bystander: Daemon

beforeAll(async () => {
  lab = await startLab({ nodes: ['n1', 'n2', 'n3'] })
  cluster = await startCluster(lab, { disk: 'folder' })
})
beforeEach(async () => {
  for (const daemon of cluster.daemons) if (daemon.pid() === null) daemon.start()
  await cluster.untilSteady()
  holder = cluster.daemon('n1')
  bystander = cluster.daemon('n3')
  const { engine } = await holder.api.status()
  if (engine.groups[0]?.holder !== 'n1') await holder.api.switchover(GROUP, 'n1')
  await cluster.untilSteady()
})
afterAll(async () => {
  await cluster?.stop()
  lab?.close()
})

const wordsOf = (args: readonly string[]): string[] => [bin, 'drill', GROUP, ...args, '--socket', bystander.socket]

/** Where the bystander is: what is knocked at is on its network. */
function drill(...args: readonly string[]): Promise<Ended> {
  return run('ip', ['netns', 'exec', bystander.host.namespace, process.execPath, ...wordsOf(args)])
}

function resultOf({ out, err }: Ended): DrillResult {
  expect(err).not.toContain('movip:')
  return JSON.parse(out) as DrillResult
}

async function holderNow(): Promise<string | null | undefined> {
  return (await bystander.api.status()).engine.groups.find(({ id }) => id === GROUP)?.holder
}

function expectAllTold({ move, returned }: DrillResult): void {
  for (const each of [move, returned.find(({ group }) => group === GROUP)?.move])
    expect(each?.phases).toMatchObject({
      detectMs: expect.any(Number) as number,
      stopMs: expect.any(Number) as number,
      decideMs: expect.any(Number) as number,
      claimMs: expect.any(Number) as number,
      verifyMs: expect.any(Number) as number,
    })
}

it('a switchover is measured phase by phase from a third node, and the group is back afterwards', async () => {
  const result = resultOf(await drill('--fault', 'switchover', '--yes', '--json'))
  expect(result).toMatchObject({ group: GROUP, from: 'n1', to: 'n2', move: { from: 'n1', to: 'n2', phases: { detectMs: 0 } } })
  expect(result.outage).toMatchObject({ from: 'n3', why: null, ms: expect.any(Number) as number })
  expectAllTold(result)
  expect(await holderNow()).toBe('n1')
})

it('a killed daemon is replaced, and gets the group back once it was started again', async () => {
  const ended = drill('--fault', 'kill', '--no-restart', '--yes', '--json')
  await expect.poll(() => holder.pid(), { timeout: 90_000 }).toBeNull()
  await expect.poll(holderNow, { timeout: 60_000 }).toBe('n2')
  holder.start()
  const result = resultOf(await ended)
  expect(result).toMatchObject({ fault: 'kill', from: 'n1', to: 'n2', move: { cause: 'n1 is not heard' } })
  expect(result.outage).toMatchObject({ why: null, ms: expect.any(Number) as number })
  expect(result.move?.phases?.detectMs).toBeGreaterThan(0)
  expectAllTold(result)
  expect(await holderNow()).toBe('n1')
})

it('a daemon that nobody would start again is not killed unless that is asked for', async () => {
  const { code, err } = await drill('--fault', 'kill', '--yes')
  expect(err).toContain('nobody would start the daemon of n1 again')
  expect(code).toBe(5)
  expect(holder.pid()).not.toBeNull()
})

it('a daemon that is cut off for a while loses the group, heals by itself, and gets it back', async () => {
  const result = resultOf(await drill('--fault', 'isolate', '--for', '5s', '--yes', '--json'))
  expect(result).toMatchObject({ fault: 'isolate', from: 'n1', to: 'n2', move: { cause: 'n1 is not heard' } })
  expect(result.outage).toMatchObject({ why: null, ms: expect.any(Number) as number })
  expectAllTold(result)
  expect(holder.log()).toContain('isolation-ended')
  expect(await holderNow()).toBe('n1')
})

it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('a drill that is broken off by %s puts the group back, too', async (signal) => {
  const isolations = (): number => holder.log().split('"isolated"').length
  const before = isolations()
  const child = spawn('ip', ['netns', 'exec', bystander.host.namespace, process.execPath, ...wordsOf(['--fault', 'isolate', '--yes'])], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>((resolve) => void child.once('close', resolve))
  await expect.poll(isolations, { timeout: 90_000 }).toBeGreaterThan(before)
  // A terminal that is gone reads nothing any more.
  if (signal === 'SIGHUP') for (const stream of [child.stdout, child.stderr]) stream.destroy()
  child.kill(signal)
  expect(await ended).toBe(1)
  expect(await holderNow()).toBe('n1')
})

it('is not begun without a word where there is no terminal, nor for a group that there is not', async () => {
  const asked = await drill('--fault', 'switchover')
  expect([asked.code, asked.err]).toEqual([2, expect.stringContaining('--yes')])
  expect((await movip(['drill', 'nothing', '--fault', 'kill', '--yes', '--socket', bystander.socket])).code).toBe(2)
  expect((await drill('--fault', 'isolate', '--for', '2h', '--yes')).code).toBe(2)
  expect(await holderNow()).toBe('n1')
})

it('is refused, and nothing happens, while the cluster could not bear it', async () => {
  await cluster.daemon('n2').kill()
  await expect
    .poll(async () => (await bystander.api.status()).engine.nodes.find(({ id }) => id === 'n2')?.heardAgoMs, { timeout: 60_000 })
    .toBeGreaterThan(3000)
  const { code, err } = await drill('--fault', 'kill', '--no-restart', '--yes')
  expect(err).toContain('without n1 there would be no quorum')
  expect(code).toBe(5)
  expect(holder.pid()).not.toBeNull()
})
