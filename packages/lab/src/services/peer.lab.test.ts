import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Cluster } from '../cluster/cluster.ts'
import { GROUP, startCluster } from '../cluster/cluster.ts'
import type { Lab } from '../lab.ts'
import { startLab } from '../lab.ts'
import { pollUntil } from '../wait.ts'
import type { Web } from './web.ts'
import { startWeb, WEB_PORT } from './web.ts'

let lab: Lab
let web: Web
let cluster: Cluster
beforeAll(async () => {
  lab = await startLab()
  web = startWeb(lab)
  const times = 'every: 2s, timeout: 2s, fall: 2'
  cluster = await startCluster(lab, {
    checks: [
      `port: { type: peer, port: ${WEB_PORT}, ${times} }`,
      `page: { type: peer, http: { url: "http://${lab.vips.ipv4}:${WEB_PORT}/" }, ${times} }`,
    ],
  })
})
afterAll(async () => {
  await cluster?.stop()
  web?.close()
  lab?.close()
})

const others = (name: string) => cluster.daemons.filter((daemon) => daemon.name !== name)

/** Whether the two checks stand so on every node but that. */
async function states(name: string, port: string, page: string): Promise<boolean> {
  const answers = await Promise.all(others(name).map((daemon) => daemon.status()))
  return answers.every((answer) => answer?.checks?.[GROUP]?.map(({ state }) => state).join() === `${port},${page}`)
}

it('the nodes that do not serve a group reach it through its VIP, also after a move, and say so when they do not', async () => {
  const { holder } = await cluster.untilSteady()
  await pollUntil(() => states(holder.name, 'passing', 'passing'), 'every peer to reach the holder', { timeoutMs: 60_000 })
  expect((await holder.status())?.checks?.[GROUP]?.map(({ state }) => state)).toEqual(['idle', 'idle'])

  web.answer(holder.name, 503)
  await pollUntil(() => states(holder.name, 'passing', 'failing'), 'every peer to complain', { timeoutMs: 60_000 })
  const [peer] = others(holder.name)
  if (peer === undefined) throw new Error('the lab has three nodes')
  expect((await peer.status())?.checks?.[GROUP]).toMatchObject([
    { id: 'port', reason: expect.stringContaining('reached at ') },
    { id: 'page', reason: 'status 503' },
  ])
  // It is a warning: no node is unfit for it, and the group stays.
  const steady = await cluster.untilSteady()
  expect(steady.holder.name).toBe(holder.name)

  await cluster.switchover(holder, peer)
  await pollUntil(() => states(peer.name, 'passing', 'passing'), 'every peer to reach the new holder', { timeoutMs: 60_000 })
})

it('a holder that no peer reaches gives the group up where the configuration says so, and the next one keeps it', async () => {
  for (const { name } of cluster.daemons) web.answer(name, 200)
  const { holder, coordinator } = await cluster.untilSteady()
  const text = readFileSync(cluster.clusterFile, 'utf8')
  await coordinator.api.configure(text.replaceAll('type: peer', 'type: peer, act: true'))
  const isActing = async (): Promise<boolean> => {
    const answers = await Promise.all(cluster.daemons.map((daemon) => daemon.api.cluster()))
    return answers.every(({ cluster: spec }) => spec.groups[0]?.checks?.every(({ options }) => options['act'] === true))
  }
  await pollUntil(isActing, 'the new configuration to be in force everywhere')
  await pollUntil(() => states(holder.name, 'passing', 'passing'), 'every peer to reach the holder', { timeoutMs: 60_000 })
  // Whoever has it from now on cannot be reached either: it stays there.
  for (const { name } of cluster.daemons) web.answer(name, 503)
  const groupNow = async () => (await holder.status())?.engine.groups.find(({ id }) => id === GROUP)
  const moved = await pollUntil(
    async () => {
      const group = await groupNow()
      return group !== undefined && group.holder !== holder.name && group.state === 'active' ? group : null
    },
    'another node to serve',
    { timeoutMs: 60_000 },
  )
  expect(moved.cause).toContain('cannot reach it through the VIP')
  await pollUntil(() => states(moved.holder ?? '', 'passing', 'failing'), 'every peer to complain', { timeoutMs: 60_000 })
  await cluster.untilSteady()
  expect(await groupNow()).toMatchObject({ holder: moved.holder, epoch: moved.epoch })
})
