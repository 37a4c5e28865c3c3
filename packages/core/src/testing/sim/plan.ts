import { FAULTS } from './faults.ts'
import type { FaultName } from './faults.ts'
import type { SeededRandom } from './random.ts'

/** One fault to come. Its generator is its own, so that leaving others out changes nothing about it. */
export interface PlannedFault {
  /** From 1, in order of time. */
  readonly number: number
  readonly at: number
  readonly name: FaultName
  readonly random: SeededRandom
}

export interface PlanOptions {
  readonly leaseMs: number
  readonly untilMs: number
  /** Whether configurations are changed, too. */
  readonly changes: boolean
  /** Whether nodes are drained and groups paused. */
  readonly maintained: boolean
  /** Whether daemons are replaced while they hold groups. */
  readonly upgraded: boolean
  /** Whether a cloud moves any endpoint. */
  readonly clouds: boolean
}

/** All the trouble that a world will see. */
export function drawPlan(random: SeededRandom, options: PlanOptions): readonly PlannedFault[] {
  const weights = drawWeights(random, options)
  const meanGapMs = options.leaseMs * random.pick([0.3, 0.8, 1.5])
  const plan: PlannedFault[] = []
  for (let at = gap(random, meanGapMs); at < options.untilMs; at += gap(random, meanGapMs))
    plan.push({ number: plan.length + 1, at, name: random.weighted(weights), random: random.fork() })
  return plan
}

/** Each world knows only some kinds of trouble, so that rare combinations get their turn. */
function drawWeights(random: SeededRandom, { changes, maintained, upgraded, clouds }: PlanOptions): Record<FaultName, number> {
  const names = (Object.keys(FAULTS) as FaultName[]).filter((name) => !['lateCall', 'maintain', 'upgrade'].includes(name))
  const weights = Object.fromEntries(names.map((name) => [name, random.chance(0.4) ? 0 : FAULTS[name].weight])) as Record<FaultName, number>
  weights.switchover += 1
  // In some worlds nodes die again and again just after they have said something that they must not forget.
  weights.ambush = random.pick([0, 0, 6, 40])
  // An operator who changes the cluster and mistakes folders at once is on his own.
  if (changes) weights.emptied = weights.oldCopy = 0
  weights.configure = changes ? random.pick([8, 20, 50]) : 0
  weights.lateCall = clouds ? random.pick([2, 10]) : 0
  weights.maintain = maintained ? random.pick([8, 20, 50]) : 0
  weights.upgrade = upgraded ? random.pick([8, 20, 50]) : 0
  return weights
}

function gap(random: SeededRandom, meanMs: number): number {
  return -Math.log(1 - random.next()) * meanMs
}
