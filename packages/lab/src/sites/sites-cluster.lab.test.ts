import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AwsLab } from '../clouds/aws/aws-lab.ts'
import { startAwsLab } from '../clouds/aws/aws-lab.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { startCluster } from '../cluster/cluster.ts'
import { nowMs } from '../system/libc.ts'
import { pollUntil } from '../wait.ts'
import type { Sites } from './sites.ts'
import { createSites } from './sites.ts'

// Two nodes in AWS, and the third voice in an office.

let sites: Sites
let aws: AwsLab
let cluster: Cluster
beforeAll(async () => {
  sites = await createSites({ office: { kind: 'lan', nodes: ['w'] }, dublin: { kind: 'aws', nodes: ['n1', 'n2'] } })
  const [office, dublin] = [sites.site('office').network, sites.site('dublin').aws!]
  aws = await startAwsLab({ network: dublin })
  const nodes = [...dublin.nodes, ...office.nodes]
  const network = { ...dublin, nodes, host: (name: string) => nodes.find((host) => host.name === name) ?? dublin.host(name) }
  cluster = await startCluster({ ...aws, network }, { endpoints: [aws.endpoint], holders: ['n1', 'n2'], under: aws.under })
})
afterAll(async () => {
  await cluster?.stop()
  aws?.close()
  sites?.close()
})

const answered = (sinceMs: number): readonly string[] => [...new Set(aws.client.since(nowMs() - sinceMs).answers.map(({ by }) => by))]

it('a link that is cut costs the side without a majority its quorum, and the other side nothing', async () => {
  const { holder } = await cluster.untilSteady()
  const w = cluster.daemon('w')
  const from = nowMs()
  await sites.cut('office', 'dublin')
  await pollUntil(async () => (await w.status())?.engine.quorum === false, 'the office to say that it has no quorum', { timeoutMs: 10_000 })
  expect(answered(nowMs() - from)).toEqual([holder.name])
  await sites.heal('office', 'dublin')
  await cluster.untilSteady()
  expect(answered(nowMs() - from)).toEqual([holder.name])
})

it('with the third voice in the office the other node in AWS takes over', async () => {
  const { holder } = await cluster.untilSteady()
  await holder.kill()
  await pollUntil(() => answered(50).some((by) => by !== holder.name), 'the other node to answer', { timeoutMs: 10_000 })
  holder.start()
  const { holder: next } = await cluster.untilSteady()
  expect(['n1', 'n2'].filter((name) => name !== holder.name)).toEqual([next.name])
})
