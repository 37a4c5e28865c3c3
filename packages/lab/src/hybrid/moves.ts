import { dualHolderMs, evidenceOfAnswers } from '../analysis/holders.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { Daemon } from '../cluster/daemon.ts'
import { nowMs } from '../system/libc.ts'
import { pollUntil, sleep } from '../wait.ts'
import type { HybridLab } from './hybrid-lab.ts'
import { VALUES } from './hybrid-lab.ts'

// What moves from site to site cost, as clients and name servers see it.

export interface SiteMove {
  /** From the fault, or the order, until the address at the new site answers. */
  readonly endpointMs: number
  /** From then on until every authority points there. */
  readonly appliedMs: number
  /** From the same moment until a client that goes by the name is answered there. */
  readonly clientMs: number
  /** Two sites answered at once for so long. */
  readonly twoMs: number
}

export interface Hybrid {
  readonly lab: HybridLab
  readonly cluster: Cluster
}

type Place = keyof typeof VALUES

/** A late call has time to land. */
const AFTER_MS = 500
const PLACES: Readonly<Record<string, Place>> = { p1: 'paris', p2: 'paris', d1: 'dublin' }
const placeOf = ({ name }: Pick<Daemon, 'name'>): Place => PLACES[name] ?? 'paris'

/** What it costs to come to that place, from a moment on. */
async function costTo(place: Place, from: number, { lab }: Hybrid): Promise<SiteMove> {
  const first = await pollUntil(() => lab.direct[place].since(from).answers[0]?.receivedAt, `the address in ${place} to answer`, {
    everyMs: 2,
  })
  const all = await pollUntil(() => lab.watch.allSince(VALUES[place]), `every authority to point to ${place}`)
  const client = await pollUntil(
    () => lab.visitor.since(first).answers.find(({ by }) => PLACES[by] === place)?.receivedAt,
    `a client to come to ${place}`,
  )
  await sleep(AFTER_MS)
  const answers = Object.values(lab.direct).flatMap((one) => one.since(from - AFTER_MS).answers)
  const evidence = evidenceOfAnswers(answers).toSorted((a, b) => a.at - b.at)
  return { endpointMs: first - from, appliedMs: Math.max(0, all - first), clientMs: client - first, twoMs: dualHolderMs(evidence) }
}

/** Everything is in Paris, and everybody knows. */
async function settleInParis({ lab, cluster }: Hybrid): Promise<void> {
  const { holder } = await cluster.untilSteady()
  if (placeOf(holder) !== 'paris') await cluster.switchover(holder, cluster.daemon('p1'))
  await pollUntil(() => lab.watch.allSince(VALUES.paris), 'every authority to point to Paris')
  await pollUntil(() => lab.visitor.named.at(-1)?.address === VALUES.paris, 'the client to know of Paris')
  await cluster.untilSteady()
}

/** A planned move to the other site. */
export async function planSiteMove(hybrid: Hybrid): Promise<SiteMove> {
  const { holder } = await hybrid.cluster.untilSteady()
  const to = hybrid.cluster.daemon(placeOf(holder) === 'paris' ? 'd1' : 'p1')
  const from = nowMs()
  await hybrid.cluster.switchover(holder, to)
  return costTo(placeOf(to), from, hybrid)
}

/** The one node in Dublin dies while it holds the group. */
export async function loseDublin(hybrid: Hybrid): Promise<SiteMove> {
  const { cluster } = hybrid
  const { holder } = await cluster.untilSteady()
  if (placeOf(holder) !== 'dublin') await planSiteMove(hybrid)
  const d1 = cluster.daemon('d1')
  await cluster.untilSteady()
  const from = nowMs()
  await d1.kill()
  const cost = await costTo('paris', from, hybrid)
  d1.start()
  return cost
}

/** Paris is gone, with all its machines and links. */
export async function loseParis(hybrid: Hybrid): Promise<SiteMove> {
  const { lab, cluster } = hybrid
  await settleInParis(hybrid)
  const daemons = [cluster.daemon('p1'), cluster.daemon('p2')]
  const from = nowMs()
  await Promise.all([cutOff(lab), ...daemons.map((daemon) => daemon.kill())])
  const cost = await costTo('dublin', from, hybrid)
  await heal(lab)
  for (const daemon of daemons) daemon.start()
  return cost
}

/** Paris lives on, and nobody hears of it. */
export async function cutParisOff(hybrid: Hybrid): Promise<SiteMove> {
  await settleInParis(hybrid)
  const from = nowMs()
  await cutOff(hybrid.lab)
  const cost = await costTo('dublin', from, hybrid)
  await heal(hybrid.lab)
  return cost
}

const OTHERS = ['dublin', 'office'] as const

export async function cutOff({ sites }: Pick<HybridLab, 'sites'>): Promise<void> {
  await Promise.all(OTHERS.map((other) => sites.cut('paris', other)))
}

export async function heal({ sites }: Pick<HybridLab, 'sites'>): Promise<void> {
  await Promise.all(OTHERS.map((other) => sites.heal('paris', other)))
}
