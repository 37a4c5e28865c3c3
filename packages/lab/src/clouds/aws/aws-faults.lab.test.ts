import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startCluster } from '../../cluster/cluster.ts'
import { nowMs } from '../../system/libc.ts'
import { pollUntil } from '../../wait.ts'
import { startAwsLab } from './aws-lab.ts'
import { landLate, loseHost, moveThrottled, PUBLISHED_DELAY } from './moves.ts'
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
})
