/** One run of one scenario: bring the cluster to rest, watch it, break something at a random moment, heal it, judge. */
import { dualHolderMs, evidenceOfAnswers, evidenceOfSightings } from './analysis/holders.ts'
import { countMoves, longestOutage } from './analysis/outage.ts'
import type { Cluster, Roles } from './cluster/cluster.ts'
import { LabError } from './errors.ts'
import type { Lab } from './lab.ts'
import type { Client } from './probes/client.ts'
import type { Scenario } from './scenarios.ts'
import { nowMs } from './system/libc.ts'
import { cpuTime, stolenPercent } from './system/steal.ts'
import { sleep } from './wait.ts'

/** What one run showed. */
export interface Trial {
  readonly scenario: string
  /** The client's longest outage from the fault to the end of the watch after it. */
  readonly outageMs: number
  /** The same over a stretch of this run before the fault. */
  readonly controlMs: number
  /** Two holders at once, by what the client was answered, and by what the observer saw on the wire. */
  readonly dualHolderMs: { readonly answers: number; readonly wire: number }
  readonly moves: number
  readonly stolenPercent: number
  /** Who held the group, and who holds it afterwards. */
  readonly from: string
  readonly to: string
}

export type Phase = 'settling' | 'control' | 'fault' | 'healed' | 'judged'

export interface TrialOptions {
  /** How long the cluster is watched before the fault. */
  readonly controlMs?: number
  readonly onPhase?: (phase: Phase) => void
}

/** The fault comes at any moment of a beat and of a lease. */
const RANDOM_MS = 1000

export async function runTrial(lab: Lab, cluster: Cluster, scenario: Scenario, options: TrialOptions = {}): Promise<Trial> {
  const { controlMs = 1000, onPhase = () => {} } = options
  onPhase('settling')
  const roles = await place(cluster, scenario)
  const client = clientFor(lab, scenario)
  onPhase('control')
  const begin = nowMs()
  for (const record of [lab.client, lab.client6, lab.observer]) record?.forget(begin - 1000)
  await sleep(controlMs + Math.random() * RANDOM_MS)
  const stealBefore = cpuTime()
  const faultAt = nowMs()
  onPhase('fault')
  const heal = await scenario.inject({ lab, cluster, ...roles })
  await sleep(scenario.faultMs)
  onPhase('healed')
  await heal()
  await sleep(scenario.afterMs)
  const end = nowMs()
  const after = await cluster.untilSteady()
  const trial = judge(lab, client, { begin, faultAt, end })
  onPhase('judged')
  return {
    ...trial,
    scenario: scenario.name,
    stolenPercent: stolenPercent(stealBefore, cpuTime()),
    from: roles.holder.name,
    to: after.holder.name,
  }
}

function clientFor(lab: Lab, scenario: Scenario): Client {
  const client = scenario.family === 6 ? lab.client6 : lab.client
  if (client === null) throw new Error(`${scenario.name} needs a lab with a client for IPv6`)
  return client
}

/** Rest, with the coordinator where the scenario wants it. */
async function place(cluster: Cluster, scenario: Scenario): Promise<Roles> {
  const roles = await cluster.untilSteady()
  const together = roles.holder === roles.coordinator
  if (scenario.coordinator === 'any' || together === (scenario.coordinator === 'the-holder')) return roles
  await cluster.switchover(roles.holder, together ? roles.bystander : roles.coordinator)
  return cluster.untilSteady()
}

interface Times {
  readonly begin: number
  readonly faultAt: number
  readonly end: number
}

/** The watch for two holders goes on to the very end of the run, the outage is that of the fault and its healing. */
function judge(lab: Lab, client: Client, { begin, faultAt, end }: Times): Pick<Trial, 'outageMs' | 'controlMs' | 'dualHolderMs' | 'moves'> {
  if (lab.observer.lost() > 0) {
    throw new LabError(
      'EVIDENCE_LOST',
      `The observer missed ${lab.observer.lost()} frames, so it cannot acquit anybody.`,
      'The machine is too busy, or net.core.rmem_max is too small for a lab in a user namespace: sysctl -w net.core.rmem_max=33554432',
    )
  }
  const record = client.since(begin - 1000)
  const answers = [lab.client, lab.client6].flatMap((each) => each?.since(begin).answers ?? [])
  return {
    outageMs: longestOutage(record, { from: faultAt, to: end }).lengthMs,
    controlMs: longestOutage(record, { from: begin, to: faultAt }).lengthMs,
    dualHolderMs: {
      answers: dualHolderMs(evidenceOfAnswers(answers)),
      wire: dualHolderMs(evidenceOfSightings(lab.observer.sightings(begin))),
    },
    moves: countMoves(record, { from: faultAt, to: end }),
  }
}
