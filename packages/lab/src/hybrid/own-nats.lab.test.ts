import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Cluster } from '../cluster/cluster.ts'
import { pollUntil } from '../wait.ts'
import type { HybridLab } from './hybrid-lab.ts'
import { startHybridLab, VALUES } from './hybrid-lab.ts'
import { cutOff, heal } from './moves.ts'
import type { OwnNats } from './own-nats.ts'
import { startOwnNats } from './own-nats.ts'

// Sites that are joined by a NATS which somebody else runs: nodes know the server of their own site alone.

const SITE_OF: Readonly<Record<string, string>> = { p1: 'paris', p2: 'paris', d1: 'dublin', w: 'office' }

describe.each(['gateways', 'leaves'] as const)('sites that are joined by %s', (topology) => {
  let lab: HybridLab
  let nats: OwnNats
  let cluster: Cluster
  beforeAll(async () => {
    lab = await startHybridLab()
    const sites = ['w', 'd1', 'p1'].map((name) => ({ site: SITE_OF[name] ?? '', host: lab.network.host(name) }))
    nats = await startOwnNats(topology, sites, join(lab.network.folder.path, 'nats'))
    cluster = await lab.start({ planes: (host) => nats.planes(SITE_OF[host.name] ?? '', host) })
  })
  afterAll(async () => {
    await cluster?.stop()
    nats?.stop()
    lab?.close()
  })

  const untilNamed = (value: string): Promise<number> => pollUntil(() => lab.watch.allSince(value), `every authority to say ${value}`)

  it('have one cluster, whose group moves from site to site with its name', async () => {
    const { holder } = await cluster.untilSteady()
    expect(holder.name).toBe('p1')
    await untilNamed(VALUES.paris)
    await cluster.switchover(holder, cluster.daemon('d1'))
    await untilNamed(VALUES.dublin)
    await cluster.switchover(cluster.daemon('d1'), holder)
    await untilNamed(VALUES.paris)
    await cluster.untilSteady()
  })

  it('go on at the others when one of them is cut off, and are one again when it is back', async () => {
    await cutOff(lab)
    try {
      await untilNamed(VALUES.dublin)
    } finally {
      await heal(lab)
    }
    const { holder } = await cluster.untilSteady()
    expect(holder.name).toBe('d1')
  })

  it('go on when the server of a site dies: who holds the group elsewhere keeps it', async () => {
    const { holder } = await cluster.untilSteady()
    expect(holder.name).toBe('d1')
    await nats.kill('office')
    await pollUntil(async () => {
      const heardAgoMs = (await cluster.daemon('d1').status())?.engine.nodes.find(({ id }) => id === 'w')?.heardAgoMs ?? 0
      return heardAgoMs > 6000
    }, 'the office to be silent for longer than a lease')
    expect((await cluster.daemon('d1').status())?.engine.quorum).toBe(true)
    await nats.start('office')
    const { holder: after } = await cluster.untilSteady()
    expect(after.name).toBe('d1')
  })
})
