import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dualHolderMs, evidenceOfSightings } from './analysis/holders.ts'
import { createBed } from './bench/series.ts'
import type { Bed } from './bench/series.ts'
import { command } from './command.ts'
import { scenarios } from './scenarios.ts'
import type { Scenario } from './scenarios.ts'
import { nowMs } from './system/libc.ts'
import { runTrial } from './trial.ts'
import { sleep } from './wait.ts'

/** Generous: one run on a machine that others use too must not fail for noise. The bench judges by the real bounds. */
const OUTAGE_MAX_MS: Record<Scenario['bound'], number> = { planned: 300, failover: 2000, fast: 1000, nothing: 250 }
const BURN_MS = 10_000

let bed: Bed
beforeAll(() => {
  bed = createBed()
})
afterAll(() => bed?.close())

describe.each(scenarios.toSorted((a, b) => b.profile.localeCompare(a.profile)))('when $title', (scenario) => {
  it('the client is served again in time and never by two', async () => {
    const { lab, cluster } = await bed.use(scenario.profile)
    const trial = await runTrial(lab, cluster, { ...scenario, faultMs: Math.min(scenario.faultMs, BURN_MS) })
    expect(trial.dualHolderMs, cluster.logs()).toEqual({ answers: 0, wire: 0 })
    expect(trial.outageMs, cluster.logs()).toBeLessThan(OUTAGE_MAX_MS[scenario.bound])
    if (scenario.bound === 'nothing') expect(trial.moves).toBe(0)
  })
})

it('the observer convicts a frozen holder whose gate in the kernel was taken away', async () => {
  const { lab, cluster } = await bed.use('lan')
  const { holder } = await cluster.untilSteady()
  const from = nowMs()
  holder.freeze()
  await command('ip', ['netns', 'exec', holder.host.namespace, 'nft', 'flush', 'ruleset'])
  await sleep(2500)
  const wireMs = dualHolderMs(evidenceOfSightings(lab.observer.sightings(from)))
  holder.thaw()
  expect(wireMs).toBeGreaterThan(500)
  await cluster.untilSteady()
})
