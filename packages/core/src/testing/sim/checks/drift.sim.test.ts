import { describe, expect, it } from 'vitest'
import { shippedParts } from '../shipped-parts.ts'
import { World } from '../world.ts'
import { Violation } from './violation.ts'

/** The promise rule holds up to about twice the bound. */
const TOO_FAR = 5
const SEEDS = 200

/** The rule that a world breaks first; null: none. `commits`: whether the commit that takes a group away is judged. */
function broken(seed: number, driftFactor: number, commits: boolean): string | null {
  const world = new World({ seed, shape: 'skewed', driftFactor, parts: shippedParts })
  if (!commits) world.cluster.checks.rights.assigned = () => undefined
  try {
    world.run()
    return null
  } catch (error) {
    if (error instanceof Violation) return error.rule
    throw error
  }
}

function firstSeed(rule: string, commits: boolean): number | null {
  for (let seed = 1; seed <= SEEDS; seed++) if (broken(seed, TOO_FAR, commits) === rule) return seed
  return null
}

describe('clocks whose rates differ by more than the bound', () => {
  it('are convicted within some seeds: a group is taken from a node whose lease runs', () => {
    const seed = firstSeed('promise before commit', true)
    expect(seed).not.toBeNull()
    expect(broken(seed ?? 0, 1, true)).toBeNull()
  })

  it('let two nodes have a lease at one true time, which its checker sees by itself, without that of the commits before', () => {
    expect(firstSeed('never two leases', false)).not.toBeNull()
  })
})
