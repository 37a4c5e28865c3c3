import { describe, expect, it, onTestFinished } from 'vitest'
import { dualHolderMs, evidenceOfAnswers } from '../../analysis/holders.ts'
import type { Daemon } from '../../cluster/daemon.ts'
import { nowMs } from '../../system/libc.ts'
import { pollUntil, sleep } from '../../wait.ts'
import { fits } from '../switches.ts'
import type { LedMode } from './led-cloud.ts'
import { endSite, everyLead, roles, startSite } from './led-site.ts'

/** What was on its way when its sender was frozen has time to land, and more. */
const LATE_MS = 2000

async function incidentsOf({ api }: Daemon, from: number): Promise<readonly string[]> {
  const { incidents = [] } = await api.moves()
  return incidents.filter(({ at }) => Date.parse(at) >= from).map(({ state }) => state)
}

describe.each<LedMode>(['azure-route', 'azure-ip', 'gcp-route', 'gcp-alias'])('what leads to the holder, by %s', (mode) => {
  it('is led back by it when somebody else has taken it away, and stays with the next holder whatever lands late', async () => {
    const site = await startSite(mode)
    onTestFinished(() => endSite(site))
    const { lab, cluster } = site
    const { holder } = await roles(site)
    const [from, fromWall] = [nowMs(), Date.now()]
    await lab.takeAway()
    await pollUntil(async () => (await incidentsOf(holder, fromWall)).includes('recovered'), 'it to be led back', { timeoutMs: 15_000 })
    expect(await everyLead(site, holder.name)).toBe(true)
    expect(await incidentsOf(holder, fromWall)).toEqual(['stolen', 'recovered'])

    const { action } = lab.writes
    const aim = { about: lab.writes.about(holder.name), actions: [action], principal: 'movip' }
    const held = await lab.control.turnOn({ ...aim, effect: { type: 'held' } })
    const called = lab.control.begun((call) => fits(aim, call, call.principal))
    await lab.takeAway()
    await called
    holder.freeze()
    const other = (): string | null => lab.client.since(nowMs() - 50).answers.find(({ by }) => by !== holder.name)?.by ?? null
    const next = await pollUntil(other, 'another node to serve', { timeoutMs: 15_000 })
    holder.thaw()
    await held()
    await sleep(LATE_MS)
    await pollUntil(() => everyLead(site, next), 'it to lead to the next holder', { timeoutMs: 10_000 })
    expect((await cluster.untilSteady()).holder.name).toBe(next)
    expect(dualHolderMs(evidenceOfAnswers(lab.client.since(from).answers))).toBe(0)
  })
})
