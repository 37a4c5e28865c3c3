import { describe, expect, it } from 'vitest'
import { assertSeed, runSeed } from './run-seed.ts'
import { SHAPES } from './shape.ts'
import { shippedParts } from './shipped-parts.ts'

/** Worlds per shape in an ordinary run of the tests; the nightly size is a matter of `npm run sim`. */
const SEEDS = 45

describe('the shipped engine and runner', () => {
  it.each(SHAPES)('break no rule in worlds of the shape "%s"', (shape) => {
    let commits = 0
    for (let seed = 1; seed <= SEEDS; seed++) commits += assertSeed({ seed, shape, parts: shippedParts }).commits
    // A world in which nothing is ever decided would break no rule either.
    expect(commits).toBeGreaterThan(SEEDS * 10)
  })

  it.each(SHAPES)('serve every group without a gap where nothing goes wrong, shape "%s"', (shape) => {
    for (let seed = 1; seed <= 5; seed++) assertSeed({ seed, shape, faults: false, parts: shippedParts })
  })

  it('run exactly alike for one seed', () => {
    const run = (): string => runSeed({ seed: 77, parts: shippedParts, verbose: true }).timeline.join('\n')
    expect(run()).toBe(run())
  })
})
