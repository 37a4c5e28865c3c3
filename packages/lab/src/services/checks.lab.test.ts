import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { StatusAnswer } from '@movip/core/client'
import { dualHolderMs, evidenceOfSightings } from '../analysis/holders.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { GROUP, startCluster } from '../cluster/cluster.ts'
import type { Lab } from '../lab.ts'
import { startLab } from '../lab.ts'
import { nowMs } from '../system/libc.ts'
import { pollUntil } from '../wait.ts'
import { createPrograms } from './programs-for-tests.ts'
import type { Web } from './web.ts'
import { startWeb, WEB_PORT } from './web.ts'

const MOVE_MS = 60_000

const programs = createPrograms()
const { folder, script } = programs

/** How far the data of a node is behind from now on, as its check tells it. */
function tellLag(node: string, lagMs: number): void {
  writeFileSync(join(folder, `${node}.new`), JSON.stringify({ status: 'ok', lagMs }))
  renameSync(join(folder, `${node}.new`), join(folder, node))
}

let lab: Lab
let web: Web
let cluster: Cluster
beforeAll(async () => {
  lab = await startLab()
  web = startWeb(lab)
  const checks = [
    `http: { url: "http://127.0.0.1:${WEB_PORT}/healthz", every: 300ms, timeout: 300ms, grace: 2s }`,
    'vip: { every: 500ms }',
    'interface: { interface: lan }',
    `class: { type: script, command: ${script('class', 'chrt --pid $$')} }`,
    `data: { type: script, command: ${script('data', `cat ${folder}/$MOVIP_NODE`)}, every: 500ms, timeout: 500ms, on: standby, maxLag: 10s }`,
  ]
  for (const { name } of lab.network.nodes) tellLag(name, 0)
  cluster = await startCluster(lab, { checks })
})
afterAll(async () => {
  await cluster?.stop()
  web?.close()
  lab?.close()
  programs.close()
})

const groupOf = (answer: StatusAnswer | null) => answer?.engine.groups.find(({ id }) => id === GROUP)
const fitnessOf = (answer: StatusAnswer | null, node: string) =>
  groupOf(answer)?.candidates.find((candidate) => candidate.node === node)?.fitness

it('a holder whose web server fails gives the group to another node, every node knows why, and the former holder does not take it back', async () => {
  const { holder } = await cluster.untilSteady()
  const before = await pollUntil(async () => {
    const checks = (await holder.status())?.checks?.[GROUP] ?? []
    return checks.every(({ state, on }) => state === (on === 'standby' ? 'idle' : 'passing')) ? checks : null
  }, 'every check of the holder to pass')
  expect(before.map(({ id }) => id)).toEqual(['http', 'vip', 'interface', 'class', 'data'])

  const from = nowMs()
  web.answer(holder.name, 503)
  const moved = await pollUntil(
    async () => {
      const group = groupOf(await holder.status())
      return group !== undefined && group.holder !== holder.name && group.state === 'active' ? group : null
    },
    'another node to serve',
    { timeoutMs: MOVE_MS },
  )
  expect(moved.cause).toMatch(new RegExp(`^${holder.name} is unfit: check http: status 503 \\(3 times in \\d+\\.\\d s\\)`))
  const status = await holder.status()
  expect(fitnessOf(status, holder.name)?.level).toBe('unfit')
  expect(status?.checks?.[GROUP]).toEqual([
    expect.objectContaining({ id: 'http', state: 'failing', reason: 'status 503', failures: 1 }),
    expect.objectContaining({ id: 'vip', state: 'idle' }),
    expect.objectContaining({ id: 'interface', state: 'passing' }),
    expect.objectContaining({ id: 'class', state: 'passing' }),
    expect.objectContaining({ id: 'data' }),
  ])

  web.answer(holder.name, 200)
  const again = await pollUntil(
    async () => {
      const answer = await holder.status()
      return fitnessOf(answer, holder.name)?.level === 'fit' ? answer : null
    },
    'the former holder to be fit again',
    { timeoutMs: MOVE_MS },
  )
  expect(groupOf(again)?.holder).toBe(moved.holder)
  expect(dualHolderMs(evidenceOfSightings(lab.observer.sightings(from)))).toBe(0)
})

it('programs of checks have none of the urgency of the daemon', async () => {
  const { bystander } = await cluster.untilSteady()
  const checks = (await bystander.status())?.checks?.[GROUP]
  expect(checks?.find(({ id }) => id === 'class')).toMatchObject({ state: 'passing', reason: expect.stringContaining('SCHED_OTHER') })
})

it('a node whose data is too far behind is passed over', async () => {
  const { holder } = await cluster.untilSteady()
  const stale = cluster.daemons.find((daemon) => daemon !== holder)
  const current = cluster.daemons.find((daemon) => daemon !== holder && daemon !== stale)
  if (stale === undefined || current === undefined) throw new Error('the lab has three nodes')
  tellLag(stale.name, 60_000)
  await pollUntil(async () => fitnessOf(await holder.status(), stale.name)?.level === 'unfit', 'the stale node to be unfit')
  expect(fitnessOf(await holder.status(), stale.name)?.reasons.join()).toContain('check data: its data is 60000 ms behind, more than 10s')
  web.answer(holder.name, 503)
  await pollUntil(async () => groupOf(await holder.status())?.holder === current.name, 'the group to move', { timeoutMs: MOVE_MS })
  web.answer(holder.name, 200)
  tellLag(stale.name, 0)
  await cluster.untilSteady()
})
