import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dualHolderMs, evidenceOfSightings } from './analysis/holders.ts'
import { createBed } from './bench/series.ts'
import type { Bed } from './bench/series.ts'
import { command } from './command.ts'
import { deaf, mute } from './faults/links.ts'
import { addressHand } from './floor.ts'
import { scenarios } from './scenarios.ts'
import type { Scenario } from './scenarios.ts'
import { nowMs } from './system/libc.ts'
import { runTrial } from './trial.ts'
import { pollUntil, sleep } from './wait.ts'

/** Generous: one run on a machine that others use too must not fail for noise. The bench judges by the real bounds. */
const OUTAGE_MAX_MS: Record<Scenario['bound'], number> = { planned: 300, failover: 2000, fast: 1000, nothing: 250 }
const BURN_MS = 10_000
/** Links between the servers are made anew within this time; without an announcement the client would ask the old holder for longer. */
const HEARD_MS = 3000
/** After that a claim is not announced again for long. */
const SCHEDULE_MS = 3500
/** Each fault comes at another moment of a beat and of a lease. */
const RUNS = 2

let bed: Bed
beforeAll(() => {
  bed = createBed()
})
afterAll(() => bed?.close())

describe.each(scenarios.toSorted((a, b) => b.profile.localeCompare(a.profile)))('when $title', (scenario) => {
  it.each(Array.from({ length: RUNS }, (_, run) => run + 1))('the client is served again in time and never by two (run %i)', async () => {
    const { lab, cluster } = await bed.use(scenario.profile)
    const trial = await runTrial(lab, cluster, { ...scenario, faultMs: Math.min(scenario.faultMs, BURN_MS) })
    expect(trial.dualHolderMs, cluster.logs()).toEqual({ answers: 0, wire: 0 })
    expect(trial.outageMs, cluster.logs()).toBeLessThan(OUTAGE_MAX_MS[scenario.bound])
    if (scenario.bound === 'nothing') expect(trial.moves).toBe(0)
  })
})

it('a client that was cut off together with the old holder reaches the new one soon after the heal', async () => {
  const { lab, cluster } = await bed.use('lan')
  const { holder } = await cluster.untilSteady()
  const others = lab.network.nodes.filter((host) => host !== holder.host)
  const island = [holder.host, lab.network.client]
  const cuts = island.flatMap((host) => [...mute(host, others), ...deaf(host, others)])
  const from = nowMs()
  await lab.links.cut(cuts)
  await pollUntil(() => lab.observer.sightings(from).some(({ host }) => host !== holder.name), 'another node to announce the address')
  await sleep(SCHEDULE_MS)
  const healedAt = nowMs()
  await lab.links.heal(cuts)
  const answer = await pollUntil(
    () => lab.client.since(healedAt).answers.find(({ by }) => by !== holder.name) ?? null,
    'an answer of the new holder',
    { timeoutMs: 20_000 },
  )
  expect(answer.answeredAt - healedAt, cluster.logs()).toBeLessThan(HEARD_MS)
})

it('the observer convicts a frozen holder that speaks again because its gate in the kernel was taken away', async () => {
  const { lab, cluster } = await bed.use('lan')
  const { holder } = await cluster.untilSteady()
  const frozenAt = nowMs()
  holder.freeze()
  await pollUntil(() => lab.client.since(frozenAt).answers.some(({ by }) => by !== holder.name), 'another node to serve')
  const from = nowMs()
  await command('ip', ['netns', 'exec', holder.host.namespace, 'nft', 'flush', 'ruleset'])
  const hand = addressHand(holder.host, lab.vips.ipv4)
  hand.add()
  await sleep(300)
  hand.remove()
  hand.close()
  holder.thaw()
  expect(dualHolderMs(evidenceOfSightings(lab.observer.sightings(from)))).toBeGreaterThan(200)
  bed.discard()
})
