import { dualHolderMs, evidenceOfAnswers } from '../analysis/holders.ts'
import { longestOutage } from '../analysis/outage.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { Daemon } from '../cluster/daemon.ts'
import { nowMs } from '../system/libc.ts'
import { pollUntil, sleep } from '../wait.ts'
import type { BalancedLab } from './balanced-lab.ts'

// What moves behind a load balancer cost, as its clients see it.

export interface Balanced {
  readonly lab: BalancedLab
  readonly cluster: Cluster
}

export interface Cost {
  readonly outageMs: number
  /** Two nodes said at once for so long that they are well. */
  readonly twoWellMs: number
  /** Two nodes served at once for so long. */
  readonly twoMs: number
}

const LEASE_MS = 1000
/** More than a balancer needs to believe anything. */
const BEYOND = 3
/** Answers of the service come every 10 ms. */
const TENURE = { pitchMs: 10, pauseMs: 50 }

const patienceMs = ({ lab: { probe } }: Balanced): number => LEASE_MS + probe.everyMs * Math.max(probe.rise, probe.fall) * BEYOND + 10_000

/** What it has cost from then on until the cluster is at rest again, and the balancer has had time to change its mind once more. */
async function costSince(from: number, balanced: Balanced): Promise<Cost> {
  const { lab, cluster } = balanced
  await cluster.untilSteady(patienceMs(balanced))
  await sleep(Math.min(2000, lab.probe.everyMs))
  const record = lab.client.since(from)
  return {
    outageMs: longestOutage(record, { from, to: nowMs() }).lengthMs,
    twoWellMs: lab.watch.twoWellMs(from),
    twoMs: dualHolderMs(evidenceOfAnswers(record.answers), TENURE),
  }
}

async function roles(balanced: Balanced): Promise<{ readonly holder: Daemon; readonly to: Daemon }> {
  const { holder } = await balanced.cluster.untilSteady(patienceMs(balanced))
  const to = balanced.cluster.daemons.find(({ name }) => name !== holder.name)
  if (to === undefined) throw new Error('invariant: there is another node')
  // Where it still takes a former holder for healthy, that one would get traffic again at once.
  await balanced.lab.untilAgreed(holder.name)
  return { holder, to }
}

export async function planMove(balanced: Balanced): Promise<Cost> {
  const { holder, to } = await roles(balanced)
  const from = nowMs()
  const { reply } = await holder.api.switchover('web', to.name)
  if (!reply.ok) throw new Error(`the switchover was refused: ${reply.message}; the log of ${to.name} ends: ${to.log().slice(-3000)}`)
  return costSince(from, balanced)
}

const byAnother = ({ lab }: Balanced, from: number, holder: Daemon): boolean =>
  lab.client.since(from).answers.some(({ by }) => by !== holder.name)

/** The holder is gone with all that it is. */
export async function loseHost(balanced: Balanced): Promise<Cost> {
  const { holder } = await roles(balanced)
  const from = nowMs()
  await Promise.all([balanced.lab.lose(holder.host), holder.kill()])
  await pollUntil(() => byAnother(balanced, from, holder), 'an answer of another node', { timeoutMs: patienceMs(balanced) })
  const outageMs = longestOutage(balanced.lab.client.since(from), { from, to: nowMs() }).lengthMs
  await balanced.lab.regain(holder.host)
  holder.start()
  return { ...(await costSince(from, balanced)), outageMs }
}

/** The daemon of the holder is frozen until another one serves, and goes on then; its service never stops. */
export async function freezeAndThaw(balanced: Balanced): Promise<Cost> {
  const { holder } = await roles(balanced)
  const from = nowMs()
  holder.freeze()
  await pollUntil(() => byAnother(balanced, from, holder), 'an answer of another node', { timeoutMs: patienceMs(balanced) })
  const outageMs = longestOutage(balanced.lab.client.since(from), { from, to: nowMs() }).lengthMs
  holder.thaw()
  return { ...(await costSince(from, balanced)), outageMs }
}

/** The daemon of the holder is stopped in good order, and its service goes on; the balancer may send traffic there for some time yet. */
export async function stopHolder(balanced: Balanced): Promise<Cost> {
  const { holder } = await roles(balanced)
  const from = nowMs()
  await holder.stop()
  await pollUntil(() => byAnother(balanced, from, holder), 'an answer of another node', { timeoutMs: patienceMs(balanced) })
  await sleep(balanced.lab.probe.everyMs * balanced.lab.probe.fall)
  holder.start()
  return costSince(from, balanced)
}

/** Nobody is fit: for how many questions of the clients there was an answer, once the balancer knows. */
export async function nobodyServes(balanced: Balanced): Promise<{ readonly answered: number; readonly asked: number }> {
  const { lab, cluster } = balanced
  await cluster.untilSteady(patienceMs(balanced))
  await Promise.all(cluster.daemons.map((daemon) => daemon.stop()))
  await sleep(lab.probe.everyMs * (lab.probe.fall + 1))
  const from = nowMs()
  await sleep(1000)
  const { sends, answers } = lab.client.since(from)
  for (const daemon of cluster.daemons) daemon.start()
  return { answered: answers.filter(({ answeredAt }) => answeredAt >= from).length, asked: sends.length }
}
