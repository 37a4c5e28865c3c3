import { Violation } from './checks/violation.ts'
import { World } from './world.ts'
import type { WorldOptions } from './world.ts'

export interface SeedResult {
  readonly seed: number
  readonly shape: string
  readonly simulatedMs: number
  readonly events: number
  readonly messages: number
  readonly commits: number
  readonly violation: Error | null
  /** Numbers of the planned faults that had come by the end. */
  readonly faults: readonly number[]
  /** What happened last, readable. */
  readonly timeline: readonly string[]
}

/** Runs one world to its end or to the first broken rule; an exception of the shipped code counts as one. */
export function runSeed(options: WorldOptions): SeedResult {
  const world = new World(options)
  let violation: Error | null = null
  try {
    world.run()
  } catch (error) {
    if (!(error instanceof Error)) throw error
    violation = error
  }
  return {
    seed: options.seed,
    shape: world.shape.name,
    simulatedMs: world.cluster.queue.now,
    events: world.cluster.queue.done,
    messages: world.cluster.network.sent,
    commits: world.cluster.checks.ledger.length,
    violation,
    faults: world.made,
    timeline: violation !== null || options.verbose === true ? world.timeline.lines(options.verbose === true ? Infinity : 60) : [],
  }
}

/** The whole story of a seed that broke a rule. */
export function explain(result: SeedResult): string {
  const { violation } = result
  if (violation === null) return [`seed ${result.seed} (${result.shape}): no rule broken`, ...result.timeline].join('\n')
  const what = violation instanceof Violation ? violation.message : (violation.stack ?? violation.message)
  return [`seed ${result.seed} (${result.shape}), ${result.simulatedMs.toFixed(3)} ms: ${what}`, ...result.timeline].join('\n')
}

/** Throws with the story if the seed breaks a rule. */
export function assertSeed(options: WorldOptions): SeedResult {
  const result = runSeed(options)
  if (result.violation !== null) throw new Error(explain(result), { cause: result.violation })
  return result
}
