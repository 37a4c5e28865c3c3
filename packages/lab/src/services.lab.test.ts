import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Cluster } from './cluster/cluster.ts'
import { GROUP, startCluster } from './cluster/cluster.ts'
import { upgradeDaemon } from './cluster/upgrade.ts'
import type { Lab } from './lab.ts'
import { startLab } from './lab.ts'
import { pollUntil } from './wait.ts'

/** Longer than a lease: who only waited for that would start it twice. */
const STOP_SECONDS = 2.5

let lab: Lab
let cluster: Cluster
let folder = ''
beforeAll(async () => {
  lab = await startLab({ nodes: ['n1', 'n2', 'n3'] })
  folder = lab.network.folder.path
  const start = join(folder, 'start-service')
  const life = `echo $$ > ${folder}/$MOVIP_NODE.pid; echo "$MOVIP_NODE begins" >> ${folder}/story; sleep infinity & wait`
  const end = `trap "kill %1; sleep ${STOP_SECONDS}; echo $MOVIP_NODE ends >> ${folder}/story; exit" TERM`
  writeFileSync(start, `#!/bin/bash\nsetsid bash -c '${end}; ${life}' </dev/null >/dev/null 2>&1 &\n`)
  chmodSync(start, 0o755)
  const check = join(folder, 'check-service')
  writeFileSync(check, `#!/bin/bash\nkill -0 "$(cat ${folder}/$MOVIP_NODE.pid)" || exit 3\n`)
  chmodSync(check, 0o755)
  const stop = join(folder, 'stop-service')
  writeFileSync(stop, `#!/bin/bash\nkill "$(cat ${folder}/$MOVIP_NODE.pid)"\n`)
  chmodSync(stop, 0o755)
  const service = { command: { start: [start], stop: [stop], check: [check] }, every: '200ms', stopTimeout: '20s' }
  const hook = join(folder, 'hook')
  const told = '"$MOVIP_EVENT $MOVIP_GROUP at $MOVIP_NODE under $MOVIP_EPOCH: $MOVIP_REASON ($MOVIP_CAUSE) "'
  writeFileSync(hook, `#!/bin/bash\necho ${told}"$(cat)" >> ${folder}/told\n`)
  chmodSync(hook, 0o755)
  cluster = await startCluster(lab, { service, policy: [`hooks: [{ on: [active, released], run: [${hook}] }]`] })
})
afterAll(async () => {
  await cluster?.stop()
  lab?.close()
})

const story = (): readonly string[] =>
  existsSync(join(folder, 'story')) ? readFileSync(join(folder, 'story'), 'utf8').trim().split('\n') : []
const told = (): readonly string[] =>
  existsSync(join(folder, 'told')) ? readFileSync(join(folder, 'told'), 'utf8').trim().split('\n') : []
const pidAt = (node: string): number => Number(readFileSync(join(folder, `${node}.pid`), 'utf8'))

it('a service runs where its group is, and a planned move starts it nowhere else before it has stopped, though that takes longer than a lease', async () => {
  const { holder } = await cluster.untilSteady()
  expect(story()).toEqual([`${holder.name} begins`])
  const to = cluster.daemons.find(({ name }) => name !== holder.name)!
  await cluster.switchover(holder, to)
  expect(story()).toEqual([`${holder.name} begins`, `${holder.name} ends`, `${to.name} begins`])
})

it('the hooks of a group are told where it went down and where it came up, why and under which epoch, in words and as JSON', async () => {
  const { holder: from } = await cluster.untilSteady()
  const to = cluster.daemons.find(({ name }) => name !== from.name)!
  const before = told().length
  await cluster.switchover(from, to)
  const lineOf = (words: string): string | undefined =>
    told()
      .slice(before)
      .find((line) => line.startsWith(words))
  const released = await pollUntil(() => lineOf(`released ${GROUP} at ${from.name} under `) ?? null, 'the hook of the old holder')
  const active = await pollUntil(() => lineOf(`active ${GROUP} at ${to.name} under `) ?? null, 'the hook of the new holder')
  expect(released).toMatch(/ under \d+: asked \(/)
  const epoch = (await to.status())?.engine.groups.find(({ id }) => id === GROUP)?.epoch
  expect(active).toContain(` under ${epoch}:  (moved from ${from.name} by request)`)
  expect(JSON.parse(active.slice(active.indexOf('{')))).toMatchObject({
    moment: 'active',
    cluster: 'lab',
    node: to.name,
    epoch,
    reason: '',
    move: { from: from.name, to: to.name, epoch },
    event: { type: 'active', epoch },
  })
})

it('a service runs on while the daemon of its node is replaced', async () => {
  let runsOn = false
  // Where the machine stands still for longer than a lease, it is a restart like any other: not every time.
  for (let time = 0; !runsOn && time < 5; time += 1) {
    const { holder } = await cluster.untilSteady()
    const before = { told: story().join(), pid: pidAt(holder.name) }
    const { began } = await upgradeDaemon(holder)
    await cluster.untilSteady()
    runsOn = began.adopted.length > 0 && pidAt(holder.name) === before.pid && story().join() === before.told
  }
  expect(runsOn, cluster.logs()).toBe(true)
})

it('a service that has died is started again where it was', async () => {
  const { holder } = await cluster.untilSteady()
  const before = pidAt(holder.name)
  process.kill(before, 'SIGKILL')
  await pollUntil(() => pidAt(holder.name) !== before, 'the service to be started again', { timeoutMs: 30_000 })
  const after = await cluster.untilSteady()
  expect(after.holder.name).toBe(holder.name)
})

it('what a killed daemon leaves running is stopped by its next life, while another node serves', async () => {
  const { holder } = await cluster.untilSteady()
  await holder.kill()
  const left = pidAt(holder.name)
  const moved = async (): Promise<boolean> => {
    const answers = await Promise.all(cluster.daemons.filter(({ name }) => name !== holder.name).map((daemon) => daemon.status()))
    return answers.every((answer) => {
      const group = answer?.engine.groups.find(({ id }) => id === GROUP)
      return group?.holder !== holder.name && group?.state === 'active'
    })
  }
  await pollUntil(moved, 'another node to serve', { timeoutMs: 30_000 })
  holder.start()
  await pollUntil(() => story().at(-1) === `${holder.name} ends`, 'the leftover to be stopped', { timeoutMs: 60_000 })
  await cluster.untilSteady()
  expect(story().filter((line) => line === `${holder.name} begins`).length).toBeGreaterThan(0)
  expect(existsSync(`/proc/${left}/cmdline`) && readFileSync(`/proc/${left}/cmdline`, 'utf8') !== '').toBe(false)
})
