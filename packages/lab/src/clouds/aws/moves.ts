import { dualHolderMs, evidenceOfAnswers } from '../../analysis/holders.ts'
import { longestOutage } from '../../analysis/outage.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import type { Daemon } from '../../cluster/daemon.ts'
import { nowMs } from '../../system/libc.ts'
import { pollUntil, sleep } from '../../wait.ts'
import type { AwsLab } from './aws-lab.ts'

// What moves in AWS cost, as the client sees it and as the tables tell.

/** How long AWS takes for such calls: published measurements of route and address calls lie between some 30 and 100 ms. */
export const PUBLISHED_DELAY = { type: 'delay', ms: 50, jitterMs: 20 } as const

export interface Cost {
  readonly outageMs: number
  /** Two nodes answered at once for so long. */
  readonly twoMs: number
  /** Tables that at the end lead to a node that does not hold the group. */
  readonly strays: number
}

export interface Site {
  readonly lab: AwsLab
  readonly cluster: Cluster
}

/** Clients go on asking, and a late call has time to land. */
const AFTER_MS = 1000

/** What a fault has cost from then on until the cluster is at rest again. */
async function costSince(from: number, { lab, cluster }: Site): Promise<Cost> {
  await sleep(AFTER_MS)
  const { holder } = await cluster.untilSteady()
  const record = lab.client.since(from)
  const own = lab.interfaceOf(holder.name)
  return {
    outageMs: longestOutage(record, { from, to: nowMs() }).lengthMs,
    twoMs: dualHolderMs(evidenceOfAnswers(record.answers)),
    strays: (await lab.leads()).filter((to) => to !== own).length,
  }
}

async function roles({ cluster }: Site): Promise<{ readonly holder: Daemon; readonly to: Daemon }> {
  const { holder } = await cluster.untilSteady()
  const to = cluster.daemons.find(({ name }) => name !== holder.name)
  if (to === undefined) throw new Error('invariant: there is another node')
  return { holder, to }
}

export async function planMove(site: Site): Promise<Cost> {
  const { holder, to } = await roles(site)
  const from = nowMs()
  await site.cluster.switchover(holder, to)
  return costSince(from, site)
}

/** The holder is gone with all that it is: no packet comes through, and the cloud knows it as stopped. */
export async function loseHost(site: Site): Promise<Cost> {
  const { lab, cluster } = site
  const { holder } = await roles(site)
  const { host } = holder
  const instance = lab.network.plan.world.interfaces.find(({ id }) => id === lab.interfaceOf(holder.name))?.instance ?? ''
  const from = nowMs()
  await lab.network.cutOff(host)
  await Promise.all([holder.kill(), lab.vpc.setMachine(instance, 'stopped')])
  const byAnother = (): boolean => lab.client.since(from).answers.some(({ by }) => by !== holder.name)
  await pollUntil(byAnother, 'an answer of another node', { timeoutMs: 10_000 })
  const outageMs = longestOutage(lab.client.since(from), { from, to: nowMs() }).lengthMs
  await lab.network.heal(host)
  await lab.vpc.setMachine(instance, 'running')
  holder.start()
  const cost = await costSince(from, { lab, cluster })
  return { ...cost, outageMs }
}

const THROTTLE_MS = 5000

/** AWS refuses changes of two of the tables for a while, not those that the client's packets go by. */
export async function moveThrottled(site: Site): Promise<Cost & { readonly restMs: number }> {
  const { lab, cluster } = site
  const { holder, to } = await roles(site)
  const refused = lab.network.plan.world.tables.filter(({ tags }) => tags['movip'] === 'lab').slice(0, 2)
  const effect = { type: 'fault', code: 'RequestLimitExceeded', applied: false } as const
  const offs = await Promise.all(refused.map(({ id }) => lab.vpc.turnOn({ about: id, actions: ['ReplaceRoute'], effect })))
  const from = nowMs()
  await cluster.switchover(holder, to)
  await sleep(from + THROTTLE_MS - nowMs())
  const outageMs = longestOutage(lab.client.since(from), { from, to: nowMs() }).lengthMs
  await Promise.all(offs.map((off) => off()))
  const freeAt = nowMs()
  const own = lab.interfaceOf(to.name)
  await pollUntil(async () => (await lab.leads()).every((lead) => lead === own), 'the other tables to follow', { timeoutMs: 5000 })
  const restMs = nowMs() - freeAt
  return { ...(await costSince(from, site)), outageMs, restMs }
}

/** So long after its former holder goes on, the call that it had under way lands. */
const LATE_MS = 3000

interface Undone extends Cost {
  readonly undoneMs: number
  /** What every node knows of it, as `stolen rtb-1`. */
  readonly incidents: readonly (readonly string[])[]
}

/** A holder is frozen while a call of its is on its way, and that lands when another one holds the group. Told is how long it lasts. */
export async function landLate(site: Site): Promise<Undone> {
  const { lab, cluster } = site
  const { holder, to } = await roles(site)
  const own = lab.interfaceOf(holder.name)
  const table = lab.network.plan.world.tables.findLast(({ tags }) => tags['movip'] === 'lab')?.id ?? ''
  const off = await lab.vpc.turnOn({ about: own, actions: ['ReplaceRoute'], effect: { type: 'held' } })
  const called = lab.vpc.begun(({ action, input }) => action === 'ReplaceRoute' && JSON.stringify(input).includes(own))
  // Somebody else leads it astray, and the holder puts that right.
  await lab.vpc.call('ReplaceRoute', {
    RouteTableId: table,
    DestinationCidrBlock: lab.destination,
    NetworkInterfaceId: lab.interfaceOf(to.name),
  })
  await called
  const from = nowMs()
  holder.freeze()
  const other = (): string | null => lab.client.since(nowMs() - 50).answers.find(({ by }) => by !== holder.name)?.by ?? null
  const next = await pollUntil(other, 'another node to serve', { timeoutMs: 10_000 })
  holder.thaw()
  await sleep(LATE_MS)
  await off()
  await pollUntil(async () => (await lab.leads()).includes(own), 'the late call to land', { everyMs: 5 })
  const [landedAt, landedAtWall] = [nowMs(), Date.now()]
  const nextOwn = lab.interfaceOf(next)
  await pollUntil(async () => (await lab.leads()).every((lead) => lead === nextOwn), 'it to be undone', { timeoutMs: 10_000, everyMs: 5 })
  const undoneMs = nowMs() - landedAt
  const cost = await costSince(from, site)
  return { ...cost, undoneMs, incidents: await Promise.all(cluster.daemons.map((daemon) => incidentsOf(daemon, landedAtWall))) }
}

async function incidentsOf({ api }: Daemon, from: number): Promise<readonly string[]> {
  const { incidents = [] } = await api.moves()
  // It may have been seen a moment before this process saw it.
  return incidents.filter(({ at }) => Date.parse(at) > from - 1000).map(({ state, through }) => `${state} ${through}`)
}
