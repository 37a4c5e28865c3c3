/** What 1,000 groups on five nodes cost while nothing happens, and how soon the groups of a node that dies are served again. */
import type { Cluster } from '../cluster/cluster.ts'
import { addressOf, startCluster } from '../cluster/cluster.ts'
import type { Daemon } from '../cluster/daemon.ts'
import { untilAnswering } from '../cluster/daemon.ts'
import type { Lab } from '../lab.ts'
import { startLab } from '../lab.ts'
import { startNeighbours } from '../probes/neighbours.ts'
import { nowMs } from '../system/libc.ts'
import { cpuTime, stolenPercent } from '../system/steal.ts'
import { pollUntil, sleep } from '../wait.ts'
import type { Row } from './figures.ts'
import { median, plainRow } from './figures.ts'
import type { SuiteOptions } from './lan.ts'

export const MANY_GROUPS_ROWS = ['1000x5-cpu', '1000x5-node-lost'] as const

const NODES = ['n1', 'n2', 'n3', 'n4', 'n5']
const GROUPS = 1000
const CPU_MAX_PERCENT = 15
const LEASE_MS = 1000
const LOST_MAX_MS = LEASE_MS + 1000
const IDLE_MS = 30_000
/** What is new to the engine of JavaScript is compiled again and again at first. */
const SETTLING_MS = 30_000
/** Five daemons come up side by side on whatever there is of cores, and say of a thousand addresses that they are there. */
const STEADY_MS = 300_000

/** A machine that is too small or too busy for five such daemons has no figures, and says why. */
export async function measureManyGroups(options: SuiteOptions, wanted: readonly string[]): Promise<readonly Row[]> {
  try {
    return await measure(options, wanted)
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error)
    options.say(`failed: ${failure}`)
    return wanted.map((name): Row => ({ name, value: null, unit: 'ms', bound: null, ok: false, runs: 0, detail: { failure } }))
  }
}

/** Both need the same cluster. */
async function measure({ runs, say }: SuiteOptions, wanted: readonly string[]): Promise<readonly Row[]> {
  const lab = await startLab({ nodes: NODES })
  try {
    const cluster = await startCluster(lab, { groups: GROUPS, failback: 'after 5s stable', disk: 'folder' })
    // Nobody asks and nobody looks while the cost is measured.
    lab.client.stop()
    lab.observer.stop()
    const began = nowMs()
    await untilSpread(cluster)
    say(`${GROUPS} groups on ${NODES.length} nodes are served ${Math.round(nowMs() - began)} ms after the start`)
    const rows: Row[] = []
    if (wanted.includes('1000x5-cpu')) rows.push(await idleCost(cluster, say))
    if (wanted.includes('1000x5-node-lost')) rows.push(...(await losses(lab, cluster, runs, say)))
    await cluster.stop()
    return rows
  } finally {
    lab.close()
  }
}

/** Every group is active on the node that it prefers, and every node is fit for every group. */
async function untilSpread({ daemons }: Cluster): Promise<void> {
  const [asked] = daemons
  const isSpread = async (): Promise<boolean> => {
    const status = await asked?.status()
    if (status === null || status === undefined) return false
    return status.engine.groups.every(
      ({ state, holder, candidates }) =>
        state === 'active' && holder === candidates[0]?.node && candidates.every(({ fitness }) => fitness.level === 'fit'),
    )
  }
  await pollUntil(isSpread, 'all groups on the nodes that they prefer', { timeoutMs: STEADY_MS, everyMs: 5000 })
}

interface Cost {
  readonly node: string
  readonly percent: number
  /** As much of it is the nats-server's. */
  readonly natsPercent: number
}

/** The worst of the daemons, each with its nats-server. */
async function idleCost({ daemons }: Cluster, say: (text: string) => void): Promise<Row> {
  await sleep(SETTLING_MS)
  const look = (daemon: Daemon) => ({ at: nowMs(), allMs: daemon.cpuMs(), natsMs: daemon.cpuMs('nats-server') })
  const stealBefore = cpuTime()
  const before = daemons.map(look)
  await sleep(IDLE_MS)
  const costs = daemons.map((daemon, i): Cost => {
    const [from, to] = [before[i] ?? look(daemon), look(daemon)]
    const percent = (ms: number): number => Math.round((1000 * ms) / (to.at - from.at)) / 10
    return { node: daemon.name, percent: percent(to.allMs - from.allMs), natsPercent: percent(to.natsMs - from.natsMs) }
  })
  say(`at rest: ${costs.map(({ node, percent, natsPercent }) => `${node} ${percent} % (nats-server ${natsPercent} %)`).join(', ')}`)
  return plainRow('1000x5-cpu', Math.max(...costs.map(({ percent }) => percent)), '%', CPU_MAX_PERCENT, {
    runs: daemons.length,
    detail: { costs, stolenPercent: stolenPercent(stealBefore, cpuTime()) },
  })
}

/** Each time another node dies, and comes back. */
async function losses(lab: Lab, cluster: Cluster, runs: number, say: (text: string) => void): Promise<readonly Row[]> {
  const tookMs: number[] = []
  while (tookMs.length < runs) {
    const victim = cluster.daemons[tookMs.length % cluster.daemons.length]
    if (victim === undefined) break
    const { lastMs, medianMs, groups } = await loseNode(lab, cluster, victim)
    tookMs.push(lastMs)
    say(
      `${tookMs.length}/${runs}: ${victim.name} lost, ${groups} groups served again, half after ${Math.round(medianMs)} ms, the last after ${Math.round(lastMs)} ms`,
    )
  }
  const row = (figure: string, value: number): Row =>
    plainRow(`1000x5-node-lost.${figure}`, value, 'ms', LOST_MAX_MS, { runs, detail: { tookMs } })
  return [row('median', median(tookMs)), row('max', Math.max(...tookMs))]
}

interface Loss {
  readonly groups: number
  readonly lastMs: number
  readonly medianMs: number
}

/** From the moment at which the daemon and all its children are killed until the client has heard another node for each of its addresses. */
async function loseNode(lab: Lab, cluster: Cluster, victim: Daemon): Promise<Loss> {
  const place = NODES.indexOf(victim.name)
  const turns = Array.from({ length: GROUPS }, (_, turn) => turn)
  const vips = turns.filter((turn) => turn % NODES.length === place).map((turn) => addressOf(lab, turn))
  const neighbours = await startNeighbours(lab.network, vips)
  try {
    await pollUntil(() => vips.every((vip) => neighbours.of(vip)?.by === victim.name), `${victim.name} to be heard for all its addresses`)
    // The fault comes at any moment of a beat and of a lease.
    await sleep(1000 * (1 + Math.random()))
    const killedAt = nowMs()
    await victim.kill()
    const hasMoved = (vip: string): boolean => neighbours.of(vip)?.by !== victim.name
    await pollUntil(() => vips.every(hasMoved), `other nodes to be heard for all addresses of ${victim.name}`, { everyMs: 50 })
    const tookMs = vips.map((vip) => (neighbours.of(vip)?.since ?? Number.NaN) - killedAt)
    victim.start()
    await untilAnswering(victim)
    await untilSpread(cluster)
    return { groups: vips.length, lastMs: Math.max(...tookMs), medianMs: median(tookMs) }
  } finally {
    neighbours.stop()
  }
}
