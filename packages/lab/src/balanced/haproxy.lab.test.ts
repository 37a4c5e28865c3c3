import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Cluster } from '../cluster/cluster.ts'
import { startCluster } from '../cluster/cluster.ts'
import { PROGRAM } from '../cluster/daemon.ts'
import { inHost } from '../network/host.ts'
import { pollUntil } from '../wait.ts'
import type { Asking } from './haproxy.ts'
import type { HaproxyLab } from './haproxy-lab.ts'
import { startHaproxyLab } from './haproxy-lab.ts'
import { freezeAndThaw, loseHost, nobodyServes, planMove, stopHolder } from './moves.ts'
import { SERVICE_PORT } from './ports.ts'

const LEASE_MS = 1000
const SPARE_MS = 300
const nobodyTwice = { twoWellMs: 0, twoMs: 0 }

describe.each<Asking>([
  { form: 'http', everyMs: 200, rise: 2, fall: 2 },
  { form: 'tcp', everyMs: 200, rise: 2, fall: 2 },
])('a group behind HAProxy that asks by $form', (asking) => {
  let lab: HaproxyLab
  let cluster: Cluster
  beforeAll(async () => {
    lab = await startHaproxyLab(asking)
    cluster = await startCluster(lab, lab.cluster)
  })
  afterAll(async () => {
    await cluster?.stop()
    lab?.close()
  })
  const believesMs = asking.everyMs * asking.rise

  it('is served by its holder alone, whom HAProxy alone takes for up', async () => {
    const { holder } = await cluster.untilSteady()
    expect(await pollUntil(async () => ((await lab.haproxy.up()).length === 1 ? lab.haproxy.up() : null), 'one server to be up')).toEqual([
      holder.name,
    ])
  })

  it('moves as planned within what HAProxy needs to believe it, and the move ends when traffic flows', async () => {
    const { outageMs, ...twice } = await planMove({ lab, cluster })
    expect(twice).toEqual(nobodyTwice)
    expect(outageMs).toBeLessThan(believesMs + SPARE_MS)
    const { holder } = await cluster.untilSteady()
    expect(await lab.haproxy.up()).toContain(holder.name)
  })

  it('is served elsewhere when the machine of its holder is gone', async () => {
    const { outageMs, ...twice } = await loseHost({ lab, cluster })
    expect(twice).toEqual(nobodyTwice)
    expect(outageMs).toBeLessThan(LEASE_MS + believesMs + SPARE_MS)
  })

  it('is served by one alone when the daemon of its holder is stopped, though its service goes on and HAProxy sends clients there for a while', async () => {
    const { twoWellMs, twoMs } = await stopHolder({ lab, cluster })
    expect({ twoWellMs, twoMs }).toEqual(nobodyTwice)
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

  it('is shut on a node whose daemon is stopped, until movip release opens it for good', async () => {
    const [{ host, configFile, ...daemon } = invariant()] = cluster.daemons
    await daemon.stop()
    expect(isReached(host.ipv4)).toBe(false)
    const { file, args } = inHost(host.namespace, process.execPath, [PROGRAM, 'release', '--yes', '--config', configFile])
    const { status, stdout, stderr } = spawnSync(file, args, { encoding: 'utf8', timeout: 20_000 })
    expect(status, stdout + stderr).toBe(0)
    expect(isReached(host.ipv4)).toBe(true)
    daemon.start()
    const { holder } = await cluster.untilSteady()
    expect(isReached(host.ipv4)).toBe(holder.name === daemon.name)
  })

  /** Whether a client gets through to the service of a node. */
  function isReached(address: string): boolean {
    const { file, args } = inHost(lab.network.client.namespace, 'bash', ['-c', `exec 3<>/dev/tcp/${address}/${SERVICE_PORT}`])
    return spawnSync(file, args, { timeout: 2000 }).status === 0
  }
})

function invariant(): never {
  throw new Error('invariant: a cluster has daemons')
}
