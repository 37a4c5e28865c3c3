import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Cluster } from '../cluster/cluster.ts'
import { startCluster } from '../cluster/cluster.ts'
import { pollUntil } from '../wait.ts'
import type { GcpLab } from './gcp-lab.ts'
import { startGcpLab } from './gcp-lab.ts'
import { freezeAndThaw, planMove } from './moves.ts'

const LEASE_MS = 1000
const SPARE_MS = 300
/** As fast as Google allows. */
const asking = { intervalS: 1, timeoutS: 1, healthyAfter: 1, unhealthyAfter: 1 }
const nobodyTwice = { twoWellMs: 0, twoMs: 0 }

let lab: GcpLab
let cluster: Cluster
beforeAll(async () => {
  lab = await startGcpLab(asking)
  cluster = await startCluster(lab, lab.cluster)
})
afterAll(async () => {
  await cluster?.stop()
  lab?.close()
})
const believesMs = asking.intervalS * 1000 * asking.healthyAfter

describe('a group behind an internal load balancer of Google Cloud', () => {
  it('moves as planned within what the probe needs, and the move ends when traffic flows', async () => {
    await cluster.untilSteady()
    const { outageMs, ...twice } = await planMove({ lab, cluster })
    expect(twice).toEqual(nobodyTwice)
    expect(outageMs).toBeLessThan(believesMs + SPARE_MS)
  })

  it('tells that the cloud agrees, and how long moves take', async () => {
    const { holder } = await cluster.untilSteady()
    await pollUntil(() => holder.log().includes('gcp-flip-confirmed'), 'the cloud to agree', { timeoutMs: 20_000 })
    const endpoints = (await holder.status())?.runner.flatMap((group) => group.endpoints)
    expect(endpoints?.map(({ claimTakes }) => claimTakes?.ms)).toEqual([believesMs + SPARE_MS])
  })

  it('is served by one alone while its holder is frozen, and when that goes on', async () => {
    const { outageMs, ...twice } = await freezeAndThaw({ lab, cluster })
    expect(twice).toEqual(nobodyTwice)
    expect(outageMs).toBeLessThan(LEASE_MS + believesMs + SPARE_MS)
  })
})
