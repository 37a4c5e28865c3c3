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

it('the nodes that do not serve a group reach it through its VIP, also after a move, and say so when they do not', async () => {
  const { holder } = await cluster.untilSteady()
  const others = (name: string) => cluster.daemons.filter((daemon) => daemon.name !== name)
  const states = async (name: string, port: string, page: string): Promise<boolean> => {
    const answers = await Promise.all(others(name).map((daemon) => daemon.status()))
    return answers.every((answer) => answer?.checks?.[GROUP]?.map(({ state }) => state).join() === `${port},${page}`)
  }
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
