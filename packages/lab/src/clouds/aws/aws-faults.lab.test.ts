import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { GROUP, startCluster } from '../../cluster/cluster.ts'
import { nowMs } from '../../system/libc.ts'
import { pollUntil, sleep } from '../../wait.ts'
import { startAwsLab } from './aws-lab.ts'
import { landLate, loseHost, moveThrottled, PUBLISHED_DELAY } from './moves.ts'
import type { Effect } from '../switches.ts'
import type { Site } from './moves.ts'

let site: Site
beforeAll(async () => {
  const lab = await startAwsLab()
  await lab.vpc.turnOn({ effect: PUBLISHED_DELAY })
  site = { lab, cluster: await startCluster(lab, { endpoints: [lab.endpoint], under: lab.under }) }
})
afterAll(async () => {
  await site?.cluster.stop()
  site?.lab.close()
})

const LEASE_MS = 1000
const fault = (code: string): Effect => ({ type: 'fault', code, applied: false })
const good = { twoMs: 0, strays: 0 }

describe('a route in AWS', () => {
  it('moves at once in the tables that AWS lets it, and in the others as soon as it does, without an operator', async () => {
    expect(await moveThrottled(site)).toMatchObject(good)
  })

  it('follows when the whole machine of its holder is gone', async () => {
    expect(await loseHost(site)).toMatchObject(good)
  })

  it('that a late call of a frozen former holder has taken is led back by the holder, which tells of both', async () => {
    const { incidents, ...cost } = await landLate(site)
    expect(cost).toMatchObject(good)
    const [first = []] = incidents
    expect(first).toEqual([expect.stringMatching(/^stolen rtb-/), expect.stringMatching(/^recovered rtb-/)])
    expect(incidents).toEqual([first, first, first])
  })

  it('is taken for moved when the answer was lost after it was applied', async () => {
    const { lab, cluster } = site
    const { holder } = await cluster.untilSteady()
    const to = cluster.daemons.find(({ name }) => name !== holder.name)!
    const off = await lab.vpc.turnOn({ actions: ['ReplaceRoute'], effect: { type: 'reset', applied: true } })
    const moving = cluster.switchover(holder, to)
    const served = (): boolean => lab.client.since(nowMs() - 50).answers.some(({ by }) => by === to.name)
    await pollUntil(served, 'the client to be served by the next holder', { timeoutMs: 5000 })
    await off()
    await moving
    await pollUntil(async () => (await lab.leads()).every((lead) => lead === lab.interfaceOf(to.name)), 'every table to follow')
    expect(served()).toBe(true)
  })

  it.each<[string, Effect]>([
    ['does not answer', { type: 'hang' }],
    ['ends connections', { type: 'reset', applied: false }],
    ['throttles everything', fault('RequestLimitExceeded')],
    ['denies everything', fault('UnauthorizedOperation')],
    ['takes the credentials for expired', fault('RequestExpired')],
    ['fails', fault('InternalError')],
  ])('stays where it is served well while AWS %s', async (_, effect) => {
    const { lab, cluster } = site
    const { holder } = await cluster.untilSteady()
    const from = nowMs()
    const [off] = await Promise.all([lab.vpc.turnOn({ effect }), lab.vpc.setMetadata(false)])
    await sleep(2 * LEASE_MS)
    await Promise.all([off(), lab.vpc.setMetadata(true)])
    const { answers } = lab.client.since(from)
    expect([...new Set(answers.map(({ by }) => by))]).toEqual([holder.name])
    expect(answers.length).toBeGreaterThan(100)
  })

  it('whose standby does not reach the API is not given to that, which says why and what to do', async () => {
    const { lab, cluster } = site
    const { holder } = await cluster.untilSteady()
    const standby = cluster.daemons.find(({ name }) => name !== holder.name)!
    const off = await lab.vpc.turnOn({ effect: { type: 'hang' } })
    await standby.stop()
    standby.start()
    const reasons = await pollUntil(async () => {
      const group = (await holder.status())?.engine.groups.find(({ id }) => id === GROUP)
      const { level, reasons: why = [] } = group?.candidates.find(({ node }) => node === standby.name)?.fitness ?? {}
      return level === 'unfit' && why.some((reason) => reason.includes('EC2')) ? why : null
    }, 'the standby to be unfit')
    expect(reasons.join()).toMatch(/no answer within 800 ms \(let this node reach the EC2 API of eu-west-1/)
    await off()
  })
})
