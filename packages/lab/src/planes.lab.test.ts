import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { StatusAnswer } from '@movip/core/client'
import { dualHolderMs, evidenceOfAnswers, evidenceOfSightings } from './analysis/holders.ts'
import { countMoves, longestOutage } from './analysis/outage.ts'
import type { Cluster, Planes, Roles } from './cluster/cluster.ts'
import { GROUP, startCluster } from './cluster/cluster.ts'
import type { Daemon } from './cluster/daemon.ts'
import { command } from './command.ts'
import type { Links } from './faults/links.ts'
import { createLinks, isolate, mute } from './faults/links.ts'
import type { Lab } from './lab.ts'
import { startLab } from './lab.ts'
import { inHost } from './network/host.ts'
import type { Host } from './network/host.ts'
import { addSecondNetwork } from './network/second-network.ts'
import { nowMs } from './system/libc.ts'
import { pollUntil, sleep } from './wait.ts'

const WAIT = { timeoutMs: 60_000, everyMs: 50 }
/** Several leases: whoever was not heard for so long has lost everything. */
const HOLD_MS = 5000
/** What a busy machine may take from a client by itself. That the lease never ended is told by the holder. */
const NOISE_MS = 2000

const embedded = (name: string, address: string, secret: string): object => ({
  name,
  embedded: { listen: `${address}:6222`, secret },
})

type Watched = Readonly<
  Record<string, { readonly connected: boolean; readonly missed: readonly string[]; readonly heard: readonly string[] }>
>

/** What a node says of its planes: the nodes that it misses on each, and those that it hears. */
function planesIn(answer: StatusAnswer | null): Watched {
  const planes = answer?.transport.planes ?? []
  return Object.fromEntries(
    planes.map(({ name, connected, nodes }) => {
      const all = Object.entries(nodes)
      const missed = all.filter(([, { missedMs }]) => missedMs !== null).map(([node]) => node)
      const heard = all.filter(([node, { heardAgoMs }]) => heardAgoMs !== null && !missed.includes(node)).map(([node]) => node)
      return [name, { connected, missed, heard }]
    }),
  )
}

/** Waits until every node says of its planes what it should. */
async function untilEvery(cluster: Cluster, isSo: (planes: Watched, daemon: Daemon) => boolean, what: string): Promise<void> {
  const every = async (): Promise<boolean> => {
    const answers = await Promise.all(cluster.daemons.map(async (daemon) => isSo(planesIn(await daemon.status()), daemon)))
    return answers.every(Boolean)
  }
  await pollUntil(every, what, WAIT)
}

const allHeard = (planes: Watched): boolean =>
  Object.values(planes).every(({ connected, heard, missed }) => connected && heard.length === 2 && missed.length === 0)

interface Watch {
  readonly roles: Roles
  readonly epoch: number
  readonly from: number
  readonly events: number
}

async function begin(cluster: Cluster): Promise<Watch> {
  await untilEvery(cluster, allHeard, 'every node to be heard on every plane')
  const roles = await cluster.untilSteady()
  const epoch = await epochAt(roles.holder)
  return { roles, epoch, from: nowMs(), events: (await roles.holder.api.events(1)).last }
}

async function epochAt(daemon: Daemon): Promise<number> {
  const answer = await daemon.status()
  return answer?.engine.groups.find(({ id }) => id === GROUP)?.epoch ?? 0
}

/** The holder has kept the group under one lease without end, and the client was served by it alone. */
async function expectNothingMoved(lab: Lab, cluster: Cluster, { roles, epoch, from, events }: Watch): Promise<void> {
  const window = { from, to: nowMs() }
  const { holder } = await cluster.untilSteady()
  expect([holder.name, await epochAt(holder)]).toEqual([roles.holder.name, epoch])
  const since = (await holder.api.events(1000, { last: events, waitMs: 0 })).events.map(({ event }) => event.type)
  expect(since.filter((type) => type === 'dropped' || type === 'lease-started' || type === 'assigned')).toEqual([])
  const record = lab.client.since(from)
  expect(countMoves(record, window)).toBe(0)
  expect(longestOutage(record, window).lengthMs, cluster.logs()).toBeLessThan(NOISE_MS)
}

/** Whether a daemon has told that a plane was lost and came back, about this node (null: itself). */
async function untilTold(daemon: Daemon, plane: string, node: string | null, states: readonly string[]): Promise<void> {
  const told = async (): Promise<boolean> => {
    const { events } = await daemon.api.events(1000)
    const said = events
      .map(({ event }) => event)
      .filter((event) => event.type === 'plane' && event['plane'] === plane && event['node'] === node)
    return states.every((state) => said.some((event) => event['state'] === state))
  }
  await pollUntil(told, `${daemon.name} to tell of the plane ${plane}: ${states.join(', ')}`, WAIT)
}

describe('with two networks', () => {
  let lab: Lab
  let cluster: Cluster
  let back: Links
  beforeAll(async () => {
    lab = await startLab({ subnet: 21 })
    const second = await addSecondNetwork(lab.network)
    back = createLinks(second)
    const planes = (host: Host, secret: string): Planes => ({
      address: { main: host.ipv4, back: second.addressOf(host) },
      nats: [embedded('main', host.ipv4, secret), embedded('back', second.addressOf(host), secret)],
    })
    cluster = await startCluster(lab, { planes })
  })
  afterAll(async () => {
    await cluster?.stop()
    lab?.close()
  })
  const hosts = (): readonly Host[] => lab.network.nodes
  const hostOf = (at: number): Host => {
    const host = hosts()[at]
    if (host === undefined) throw new Error('the lab has fewer nodes')
    return host
  }

  it('the loss of one of them moves nothing, ends no lease and is told by every node', async () => {
    for (const [links, plane] of [
      [lab.links, 'main'],
      [back, 'back'],
    ] as const) {
      const watch = await begin(cluster)
      await links.cut(hosts().flatMap((host) => mute(host, hosts())))
      await untilEvery(cluster, (planes) => planes[plane]?.missed.length === 2, `both others to be missed on ${plane}`)
      await sleep(HOLD_MS)
      await links.heal()
      await expectNothingMoved(lab, cluster, watch)
      await untilEvery(cluster, allHeard, 'every node to be heard again')
      for (const daemon of cluster.daemons) {
        for (const other of cluster.daemons.filter((one) => one !== daemon)) await untilTold(daemon, plane, other.name, ['lost', 'back'])
      }
    }
  })

  it('cuts between other pairs in each of them leave one quorum, and each node names what it misses', async () => {
    const watch = await begin(cluster)
    const [a, b, c] = [hostOf(0), hostOf(1), hostOf(2)]
    await lab.links.cut([...mute(a, [b]), ...mute(b, [a])])
    await back.cut([...mute(b, [c]), ...mute(c, [b])])
    const missed: Readonly<Record<string, readonly [readonly string[], readonly string[]]>> = {
      [a.name]: [[b.name], []],
      [b.name]: [[a.name], [c.name]],
      [c.name]: [[], [b.name]],
    }
    const isSo = (planes: Watched, { name }: Daemon): boolean =>
      JSON.stringify([planes['main']?.missed, planes['back']?.missed]) === JSON.stringify(missed[name])
    await untilEvery(cluster, isSo, 'each node to miss what is cut off from it, and no other')
    await sleep(HOLD_MS)
    await Promise.all([lab.links.heal(), back.heal()])
    await expectNothingMoved(lab, cluster, watch)
  })

  it('a holder that is cut off in both is followed by another node as ever', async () => {
    const { roles, from } = await begin(cluster)
    const { holder } = roles
    await Promise.all([lab.links.cut(isolate(holder.host, lab.network.hosts)), back.cut(isolate(holder.host, hosts()))])
    await pollUntil(() => lab.client.since(from).answers.some(({ by }) => by !== holder.name), 'another node to serve', WAIT)
    await Promise.all([lab.links.heal(), back.heal()])
    const after = await cluster.untilSteady()
    expect(after.holder.name).not.toBe(holder.name)
    expect(dualHolderMs(evidenceOfAnswers(lab.client.since(from).answers))).toBe(0)
    expect(dualHolderMs(evidenceOfSightings(lab.observer.sightings(from)))).toBe(0)
  })

  it('a node whose second network is missing at its start serves without it, and uses it once it is there', async () => {
    const { roles } = await begin(cluster)
    const { bystander } = roles
    await bystander.stop()
    const eth1 = (...words: readonly string[]): Promise<string> => command('ip', ['-n', bystander.host.namespace, ...words])
    const address = `${bystander.host.ipv4.replace(/^10\.66\./, '10.77.')}/24`
    await eth1('addr', 'del', address, 'dev', 'eth1')
    bystander.start()
    const alone = await pollUntil(
      async () => {
        const planes = planesIn(await bystander.status())
        return planes['main']?.heard.length === 2 ? planes : null
      },
      'the node to hear the others over the first network',
      WAIT,
    )
    expect(alone['back']?.connected).toBe(false)
    await eth1('addr', 'add', address, 'dev', 'eth1')
    await untilEvery(cluster, allHeard, 'every node to be heard on every plane')
    await cluster.untilSteady()
  })
})

describe('with one network that becomes two', () => {
  let lab: Lab
  let cluster: Cluster
  beforeAll(async () => {
    lab = await startLab({ subnet: 23 })
    cluster = await startCluster(lab)
  })
  afterAll(async () => {
    await cluster?.stop()
    lab?.close()
  })

  it('the second plane comes node by node, and nothing but the restarts is noticed', async () => {
    const { roles, epoch } = await begin(cluster)
    const second = await addSecondNetwork(lab.network)
    const { nodes } = lab.network
    const text = nodes.reduce(
      (yaml, host) => yaml.replace(`"address":"${host.ipv4}"`, `"address":{"main":"${host.ipv4}","back":"${second.addressOf(host)}"}`),
      readFileSync(cluster.clusterFile, 'utf8'),
    )
    expect(text.split('"back"')).toHaveLength(1 + nodes.length)
    const version = (await roles.holder.status())?.engine.configuration.version ?? 0
    expect(await roles.holder.api.apply({ cluster: text }, version, 'test')).toMatchObject({ remaining: 0 })
    for (const daemon of cluster.daemons.filter((one) => one !== roles.holder)) {
      await daemon.stop()
      const yaml = readFileSync(daemon.configFile, 'utf8')
      const { embedded: main } = JSON.parse(/^nats: (.*)$/m.exec(yaml)?.[1] ?? '{}') as { embedded: { secret: string } }
      const nats = [{ embedded: main }, embedded('back', second.addressOf(daemon.host), main.secret)]
      writeFileSync(daemon.configFile, yaml.replace(/^nats: .*$/m, `nats: ${JSON.stringify(nats)}`))
      daemon.start()
      await cluster.untilSteady()
    }
    const isSo = (planes: Watched, daemon: Daemon): boolean =>
      daemon === roles.holder
        ? planes['main']?.heard.length === 2
        : planes['back']?.heard.length === 1 && planes['back'].missed[0] === roles.holder.name
    await untilEvery(cluster, isSo, 'the two to hear each other in the second network, and to miss the third there')
    expect([(await cluster.untilSteady()).holder.name, await epochAt(roles.holder)]).toEqual([roles.holder.name, epoch])
  })
})

describe("with a plane of the user's own NATS", () => {
  let lab: Lab
  let cluster: Cluster
  let nats: ChildProcess | null = null
  const startNats = (): void => {
    const { file, args } = inHost(lab.network.client.namespace, 'nats-server', ['-a', lab.network.client.ipv4, '-p', '4222'])
    nats = spawn(file, args, { stdio: 'ignore' })
  }
  const killNats = async (): Promise<void> => {
    const ending = nats
    nats = null
    if (ending === null) return
    ending.kill('SIGKILL')
    await once(ending, 'exit')
  }
  beforeAll(async () => {
    lab = await startLab({ subnet: 22 })
    startNats()
    const planes = (host: Host, secret: string): Planes => ({
      address: { main: host.ipv4 },
      nats: [embedded('main', host.ipv4, secret), { name: 'own', servers: [`nats://${lab.network.client.ipv4}:4222`] }],
    })
    cluster = await startCluster(lab, { planes })
  })
  afterAll(async () => {
    await cluster?.stop()
    await killNats()
    lab?.close()
  })

  it('its death moves nothing and is told by every node, and it is used again when it is back', async () => {
    const watch = await begin(cluster)
    await killNats()
    await untilEvery(cluster, (planes) => planes['own']?.connected === false, 'every node to be cut off from it')
    await sleep(HOLD_MS)
    await expectNothingMoved(lab, cluster, watch)
    startNats()
    await untilEvery(cluster, allHeard, 'every node to be heard on every plane')
    for (const daemon of cluster.daemons) await untilTold(daemon, 'own', null, ['lost', 'back'])
    await expectNothingMoved(lab, cluster, watch)
  })

  it("where the nodes' own network is cut it alone carries the cluster", async () => {
    const watch = await begin(cluster)
    const { nodes } = lab.network
    await lab.links.cut(nodes.flatMap((host) => mute(host, nodes)))
    await untilEvery(cluster, (planes) => planes['main']?.missed.length === 2, 'both others to be missed there')
    await sleep(HOLD_MS)
    await lab.links.heal()
    await expectNothingMoved(lab, cluster, watch)
  })
})
