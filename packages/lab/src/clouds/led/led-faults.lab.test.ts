import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dualHolderMs, evidenceOfAnswers } from '../../analysis/holders.ts'
import { longestOutage } from '../../analysis/outage.ts'
import { nowMs } from '../../system/libc.ts'
import { pollUntil, sleep } from '../../wait.ts'
import type { Effect } from '../switches.ts'
import { endSite, everyLead, roles, startSite } from './led-site.ts'
import type { Site } from './led-site.ts'

const LEASE_MS = 1000
const fault = (code: string, retryAfterS?: number): Effect => ({
  type: 'fault',
  code,
  applied: false,
  ...(retryAfterS === undefined ? {} : { retryAfterS }),
})

/** Everything goes on as it was while the cloud is ill, and nobody else ever answers. */
async function expectToStay({ lab, cluster }: Site, effect: Effect): Promise<void> {
  const { holder } = await cluster.untilSteady()
  const from = nowMs()
  const [off] = await Promise.all([lab.control.turnOn({ effect }), lab.control.setMetadata(false)])
  await sleep(2 * LEASE_MS)
  await Promise.all([off(), lab.control.setMetadata(true)])
  expect([...new Set(lab.client.since(from).answers.map(({ by }) => by))]).toEqual([holder.name])
}

/** For as long as it lasts, changes of the cloud go wrong like this; then they do not, and the cloud follows. */
async function expectToFollow(site: Site, effect: Effect, lastsMs: number): Promise<void> {
  const { lab, cluster } = site
  const { holder, to } = await roles(site)
  const off = await lab.control.turnOn({ actions: [lab.writes.action], effect })
  const from = nowMs()
  const moving = cluster.switchover(holder, to)
  await sleep(lastsMs)
  await off()
  await moving
  await pollUntil(() => everyLead(site, to.name), 'the cloud to follow', { timeoutMs: 15_000 })
  expect((await cluster.untilSteady()).holder.name).toBe(to.name)
  expect(dualHolderMs(evidenceOfAnswers(lab.client.since(from).answers))).toBe(0)
}

describe('a route in Azure', () => {
  let site: Site
  beforeAll(async () => void (site = await startSite('azure-route')))
  afterAll(() => endSite(site))

  /** Whatever happens to changes of the other table, clients are served within two leases, and that follows once it is over. */
  async function expectToServe(effect: Effect): Promise<void> {
    const { lab, cluster } = site
    const { holder, to } = await roles(site)
    // Clients go by the other one.
    const off = await lab.control.turnOn({ about: 'nodes-routes', actions: [lab.writes.action], effect })
    const from = nowMs()
    await cluster.switchover(holder, to)
    await sleep(3 * LEASE_MS)
    const { lengthMs } = longestOutage(lab.client.since(from), { from, to: nowMs() })
    expect(lengthMs).toBeLessThan(2 * LEASE_MS)
    expect(await lab.leads()).toContain(to.name)
    await off()
    await pollUntil(() => everyLead(site, to.name), 'every table to follow', { timeoutMs: 5000 })
  }

  it.each<[string, Effect]>([
    ['is throttled with a long time to wait', fault('TooManyRequests', 120)],
    ['never ends', { type: 'endless' }],
    ['is accepted and fails later', { type: 'fails-later', code: 'InternalServerError' }],
  ])('moves at once where Azure lets it, though the change of another table %s, and follows there as soon as it may', async (_, effect) => {
    await expectToServe(effect)
  })

  it.each<[string, Effect]>([
    ['does not answer', { type: 'hang' }],
    ['throttles everything for two minutes', fault('TooManyRequests', 120)],
    ['denies everything', fault('AuthorizationFailed')],
    ['takes the token for expired', fault('ExpiredAuthenticationToken')],
    ['is busy with something else', fault('AnotherOperationInProgress')],
    ['fails', fault('InternalServerError')],
  ])('stays where it is served well while Azure %s', (_, effect) => expectToStay(site, effect))
})

describe('an address in Google Cloud', () => {
  let site: Site
  beforeAll(async () => void (site = await startSite('gcp-alias')))
  afterAll(() => endSite(site))

  it.each<[string, Effect, number]>([
    ['was beaten by somebody else', fault('conditionNotMet'), 300],
    ['was accepted, and failed later under a status of 200', { type: 'fails-later', code: 'INTERNAL_ERROR' }, 1500],
    ['took the token for expired', fault('authError'), 300],
  ])('of which the first attempt to write %s is moved by a later one', (_, effect, lastsMs) => expectToFollow(site, effect, lastsMs))

  it.each<[string, Effect]>([
    ['does not answer', { type: 'hang' }],
    ['limits the rate', fault('rateLimitExceeded')],
    ['denies everything', fault('forbidden')],
    ['takes the token for expired', fault('authError')],
    ['fails', fault('backendError')],
  ])('stays where it is served well while Google %s', (_, effect) => expectToStay(site, effect))
})
