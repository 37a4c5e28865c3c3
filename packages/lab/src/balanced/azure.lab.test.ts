import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Cluster } from '../cluster/cluster.ts'
import { startCluster } from '../cluster/cluster.ts'
import { pollUntil } from '../wait.ts'
import type { AzureLab } from './azure-lab.ts'
import { startAzureLab } from './azure-lab.ts'
import { freezeAndThaw, loseHost, nobodyServes, planMove } from './moves.ts'

const LEASE_MS = 1000
const SPARE_MS = 300
/** Azure's own fastest is 5 s; what is shown does not depend on it. */
const asking = { intervalS: 1, threshold: 1 }
const nobodyTwice = { twoWellMs: 0, twoMs: 0 }

let lab: AzureLab
let cluster: Cluster
beforeAll(async () => {
  lab = await startAzureLab(asking)
  cluster = await startCluster(lab, lab.cluster)
})
afterAll(async () => {
  await cluster?.stop()
  lab?.close()
})
const believesMs = asking.intervalS * 1000 * asking.threshold

describe('a group behind an internal load balancer of Azure', () => {
  it('moves as planned within what the probe needs, and the move ends when traffic flows', async () => {
    await cluster.untilSteady()
    const { outageMs, ...twice } = await planMove({ lab, cluster })
    expect(twice).toEqual(nobodyTwice)
    expect(outageMs).toBeLessThan(believesMs + SPARE_MS)
  })

  it('tells that the cloud agrees, and how long moves take', async () => {
    const { holder } = await cluster.untilSteady()
    await pollUntil(() => holder.log().includes('azure-flip-confirmed'), 'the cloud to agree', { timeoutMs: 20_000 })
    const endpoints = (await holder.status())?.runner.flatMap((group) => group.endpoints)
    expect(endpoints?.map(({ claimTakes }) => claimTakes?.ms)).toEqual([believesMs + SPARE_MS])
  })

  it('is served elsewhere when the machine of its holder is gone', async () => {
    const { outageMs, ...twice } = await loseHost({ lab, cluster })
    expect(twice).toEqual(nobodyTwice)
    expect(outageMs).toBeLessThan(LEASE_MS + believesMs + SPARE_MS)
  })

  it('is served by one alone while its holder is frozen, and when that goes on', async () => {
    const { outageMs, ...twice } = await freezeAndThaw({ lab, cluster })
    expect(twice).toEqual(nobodyTwice)
    expect(outageMs).toBeLessThan(LEASE_MS + believesMs + SPARE_MS)
  })

  it('is served by nobody where nobody is to serve it', async () => {
    const { answered, asked } = await nobodyServes({ lab, cluster })
    expect(asked).toBeGreaterThan(50)
    expect(answered).toBe(0)
    await cluster.untilSteady()
  })
})
