import { describe, expect, it, onTestFinished } from 'vitest'
import type { Cluster } from '../../cluster/cluster.ts'
import { startCluster } from '../../cluster/cluster.ts'
import { nowMs } from '../../system/libc.ts'
import { pollUntil } from '../../wait.ts'
import type { AwsLab, AwsMode } from './aws-lab.ts'
import { startAwsLab } from './aws-lab.ts'

async function started(mode: AwsMode): Promise<{ lab: AwsLab; cluster: Cluster }> {
  const lab = await startAwsLab({ mode })
  onTestFinished(() => lab.close())
  await lab.vpc.turnOn({ effect: { type: 'delay', ms: 50, jitterMs: 20 } })
  const cluster = await startCluster(lab, { endpoints: [lab.endpoint], under: lab.under })
  onTestFinished(() => cluster.stop())
  return { lab, cluster }
}

describe.each<AwsMode>(['aws-route', 'aws-eip', 'aws-ip'])('%s', (mode) => {
  it('follows a planned move and the death of its holder, as the client sees it, and comes to rest where it is held', async () => {
    const { lab, cluster } = await started(mode)
    const { holder } = await cluster.untilSteady()
    const to = cluster.daemons.find(({ name }) => name !== holder.name)!
    await cluster.switchover(holder, to)
    const { holder: second } = await cluster.untilSteady()
    expect(second.name).toBe(to.name)
    expect(await lab.leads()).toEqual(Array.from({ length: mode === 'aws-route' ? 4 : 1 }, () => lab.interfaceOf(to.name)))
    await second.kill()
    const answeredByAnother = (): boolean => lab.client.since(nowMs() - 50).answers.some(({ by }) => by !== second.name)
    await pollUntil(answeredByAnother, 'another node to answer', { timeoutMs: 10_000 })
    second.start()
    const { holder: third } = await cluster.untilSteady()
    expect(third.name).not.toBe(second.name)
    expect(new Set(await lab.leads())).toEqual(new Set([lab.interfaceOf(third.name)]))
  })
})
