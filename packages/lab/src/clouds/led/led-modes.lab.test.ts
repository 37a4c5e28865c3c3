import { describe, expect, it, onTestFinished } from 'vitest'
import { dualHolderMs, evidenceOfAnswers } from '../../analysis/holders.ts'
import { startCluster } from '../../cluster/cluster.ts'
import { nowMs } from '../../system/libc.ts'
import { pollUntil } from '../../wait.ts'
import type { LedMode } from './led-cloud.ts'
import { startLedLab } from './led-lab.ts'

describe.each<[mode: LedMode, tables: number]>([
  ['azure-route', 2],
  ['azure-ip', 1],
  ['azure-ip of a public IP', 1],
  ['gcp-route', 1],
  ['gcp-alias', 1],
])('%s', (mode, tables) => {
  it('follows a planned move and the death of its holder, as the client sees it, and comes to rest where it is held', async () => {
    const lab = await startLedLab(mode)
    onTestFinished(() => lab.close())
    const cluster = await startCluster(lab, lab.cluster)
    onTestFinished(() => cluster.stop())
    const { holder } = await cluster.untilSteady()
    const from = nowMs()
    const to = cluster.daemons.find(({ name }) => name !== holder.name)!
    await cluster.switchover(holder, to)
    const { holder: second } = await cluster.untilSteady()
    expect(second.name).toBe(to.name)
    expect(await lab.leads()).toEqual(Array.from({ length: tables }, () => to.name))
    await second.kill()
    const byAnother = (): boolean => lab.client.since(nowMs() - 50).answers.some(({ by }) => by !== second.name)
    await pollUntil(byAnother, 'another node to answer', { timeoutMs: 15_000 })
    second.start()
    const { holder: third } = await cluster.untilSteady()
    expect(third.name).not.toBe(second.name)
    expect(await lab.leads()).toEqual(Array.from({ length: tables }, () => third.name))
    expect(dualHolderMs(evidenceOfAnswers(lab.client.since(from).answers))).toBe(0)
  })
})
