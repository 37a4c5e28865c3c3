/** The suite `groups`: what operators see of services and checks, and what placing very many groups costs. */
import type { Cluster } from '../cluster/cluster.ts'
import { startCluster } from '../cluster/cluster.ts'
import type { Lab } from '../lab.ts'
import { startLab } from '../lab.ts'
import type { Web } from '../services/web.ts'
import { startWeb, WEB_PORT } from '../services/web.ts'
import { nowMs } from '../system/libc.ts'
import { pollUntil, sleep } from '../wait.ts'
import type { Row } from './figures.ts'
import { median, plainRow } from './figures.ts'
import type { SuiteOptions } from './lan.ts'
import { MANY_GROUPS_ROWS, measureManyGroups } from './many-groups.ts'
import { measurePlacement } from './placement.ts'
import { measureUpgrades } from './upgrades.ts'

export const groupsNames = ['failing-http-check', 'upgrade-outage', 'place-1000x100', ...MANY_GROUPS_ROWS] as const

export async function runGroups(options: SuiteOptions): Promise<readonly Row[]> {
  const isWanted = (name: string): boolean => options.only.length === 0 || options.only.includes(name)
  const rows: Row[] = []
  if (isWanted('failing-http-check')) rows.push(...(await measureHttpCheck(options)))
  if (isWanted('upgrade-outage')) rows.push(...(await measureUpgrades(options)))
  if (isWanted('place-1000x100')) rows.push(measurePlacement())
  const many = MANY_GROUPS_ROWS.filter(isWanted)
  if (many.length > 0) rows.push(...(await measureManyGroups(options, many)))
  return rows
}

const EVERY_MS = 1000
const FALL = 3
/** A planned move, and what a probe takes. */
const MOVE_MS = 300
/** The fault comes at any moment between two probes. */
const RANDOM_MS = EVERY_MS

/** From the moment at which the holder's web server begins to answer 503 until the client is answered by another node. */
async function measureHttpCheck({ runs, say }: SuiteOptions): Promise<readonly Row[]> {
  const check = `http: { url: "http://127.0.0.1:${WEB_PORT}/healthz", every: ${EVERY_MS}ms, timeout: 500ms, fall: ${FALL}, rise: 1 }`
  const lab = await startLab()
  const web = startWeb(lab)
  try {
    const cluster = await startCluster(lab, { checks: [check] })
    const tookMs: number[] = []
    while (tookMs.length < runs) {
      const took = await failOnce(lab, web, cluster)
      tookMs.push(took)
      say(`${tookMs.length}/${runs}: failing-http-check ${took.toFixed(1)} ms`)
    }
    await cluster.stop()
    const row = (figure: string, value: number): Row =>
      plainRow(`failing-http-check.${figure}`, value, 'ms', FALL * EVERY_MS + MOVE_MS, { runs, detail: { tookMs } })
    return [row('median', median(tookMs)), row('max', Math.max(...tookMs))]
  } finally {
    web.close()
    lab.close()
  }
}

async function failOnce(lab: Lab, web: Web, cluster: Cluster): Promise<number> {
  const { holder } = await cluster.untilSteady()
  // A new holder's first good result ends its grace.
  await sleep(EVERY_MS + Math.random() * RANDOM_MS)
  const from = nowMs()
  web.answer(holder.name, 503)
  const answer = await pollUntil(() => lab.client.since(from).answers.find(({ by }) => by !== holder.name), 'an answer of another node')
  web.answer(holder.name, 200)
  return answer.answeredAt - from
}
