import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { longestOutage } from '../../analysis/outage.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import { startCluster } from '../../cluster/cluster.ts'
import { nowMs } from '../../system/libc.ts'
import { pollUntil, sleep } from '../../wait.ts'
import type { Effect } from '../switches.ts'
import type { LedLab } from './led-lab.ts'
import { startLedLab } from './led-lab.ts'

const LEASE_MS = 1000
const fault = (code: string, retryAfterS?: number): Effect => ({
  type: 'fault',
  code,
  applied: false,
  ...(retryAfterS === undefined ? {} : { retryAfterS }),
})

describe('a route in Azure', () => {
  let lab: LedLab
  let cluster: Cluster
  beforeAll(async () => {
    lab = await startLedLab('azure-route')
    cluster = await startCluster(lab, lab.cluster)
  })
  afterAll(async () => {
    await cluster?.stop()
    lab?.close()
  })

  it('moves at once where Azure lets it, though another table is throttled with a long time to wait, and follows there as soon as it may', async () => {
    const { holder } = await cluster.untilSteady()
    const to = cluster.daemons.find(({ name }) => name !== holder.name)!
    // Clients go by the other one.
    const off = await lab.control.turnOn({
      about: 'nodes-routes',
      actions: ['routes.createOrUpdate'],
      effect: fault('TooManyRequests', 120),
    })
    const from = nowMs()
    await cluster.switchover(holder, to)
    await sleep(3000)
    const { lengthMs } = longestOutage(lab.client.since(from), { from, to: nowMs() })
    expect(lengthMs).toBeLessThan(2 * LEASE_MS)
    expect(await lab.leads()).toContain(to.name)
    await off()
    await pollUntil(async () => (await lab.leads()).every((name) => name === to.name), 'every table to follow', { timeoutMs: 5000 })
  })

  it.each<[string, Effect]>([
    ['does not answer', { type: 'hang' }],
    ['throttles everything for two minutes', fault('TooManyRequests', 120)],
    ['denies everything', fault('AuthorizationFailed')],
    ['takes the token for expired', fault('ExpiredAuthenticationToken')],
    ['is busy with something else', fault('AnotherOperationInProgress')],
    ['fails', fault('InternalServerError')],
  ])('stays where it is served well while Azure %s', async (_, effect) => {
    const { holder } = await cluster.untilSteady()
    const from = nowMs()
    const [off] = await Promise.all([lab.control.turnOn({ effect }), lab.control.setMetadata(false)])
    await sleep(2 * LEASE_MS)
    await Promise.all([off(), lab.control.setMetadata(true)])
    expect([...new Set(lab.client.since(from).answers.map(({ by }) => by))]).toEqual([holder.name])
  })
})

describe('an address in Google Cloud', () => {
  let lab: LedLab
  let cluster: Cluster
  beforeAll(async () => {
    lab = await startLedLab('gcp-alias')
    cluster = await startCluster(lab, lab.cluster)
  })
  afterAll(async () => {
    await cluster?.stop()
    lab?.close()
  })

  it('of which the first attempt to write was beaten by somebody else is moved by the next one', async () => {
    const { holder } = await cluster.untilSteady()
    const to = cluster.daemons.find(({ name }) => name !== holder.name)!
    const off = await lab.control.turnOn({ actions: ['compute.instances.updateNetworkInterface'], effect: fault('conditionNotMet') })
    const moving = cluster.switchover(holder, to)
    await sleep(300)
    await off()
    await moving
    await pollUntil(async () => (await lab.leads()).join() === to.name, 'it to be where it is held', { timeoutMs: 10_000 })
    expect((await cluster.untilSteady()).holder.name).toBe(to.name)
  })

  it.each<[string, Effect]>([
    ['does not answer', { type: 'hang' }],
    ['limits the rate', fault('rateLimitExceeded')],
    ['denies everything', fault('forbidden')],
    ['takes the token for expired', fault('authError')],
    ['fails', fault('backendError')],
  ])('stays where it is served well while Google %s', async (_, effect) => {
    const { holder } = await cluster.untilSteady()
    const from = nowMs()
    const [off] = await Promise.all([lab.control.turnOn({ effect }), lab.control.setMetadata(false)])
    await sleep(2 * LEASE_MS)
    await Promise.all([off(), lab.control.setMetadata(true)])
    expect([...new Set(lab.client.since(from).answers.map(({ by }) => by))]).toEqual([holder.name])
  })
})
