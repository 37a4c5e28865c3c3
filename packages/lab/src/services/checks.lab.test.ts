import { afterAll, beforeAll, expect, it } from 'vitest'
import type { StatusAnswer } from '@movip/core/client'
import { dualHolderMs, evidenceOfSightings } from '../analysis/holders.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { GROUP, startCluster } from '../cluster/cluster.ts'
import type { Lab } from '../lab.ts'
import { startLab } from '../lab.ts'
import { nowMs } from '../system/libc.ts'
import { pollUntil } from '../wait.ts'
import type { Web } from './web.ts'
import { startWeb, WEB_PORT } from './web.ts'

const MOVE_MS = 60_000

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
  ]
  cluster = await startCluster(lab, { checks })
})
afterAll(async () => {
  await cluster?.stop()
  web?.close()
  lab?.close()
})

const groupOf = (answer: StatusAnswer | null) => answer?.engine.groups.find(({ id }) => id === GROUP)
const fitnessOf = (answer: StatusAnswer | null, node: string) =>
  groupOf(answer)?.candidates.find((candidate) => candidate.node === node)?.fitness

it('a holder whose web server fails gives the group to another node, every node knows why, and the former holder does not take it back', async () => {
  const { holder } = await cluster.untilSteady()
  const before = await pollUntil(async () => {
    const checks = (await holder.status())?.checks?.[GROUP] ?? []
    return checks.every(({ state }) => state === 'passing') ? checks : null
  }, 'every check of the holder to pass')
  expect(before.map(({ id }) => id)).toEqual(['http', 'vip', 'interface'])

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
  expect(moved.cause).toMatch(new RegExp(`^${holder.name} is unfit: check http: status 503 \\(3 times in \\d+\\.\\d s\\)$`))
  const status = await holder.status()
  expect(fitnessOf(status, holder.name)?.level).toBe('unfit')
  expect(status?.checks?.[GROUP]).toEqual([
    expect.objectContaining({ id: 'http', state: 'failing', reason: 'status 503', failures: 1 }),
    expect.objectContaining({ id: 'vip', state: 'idle' }),
    expect.objectContaining({ id: 'interface', state: 'passing' }),
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
