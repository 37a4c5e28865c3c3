import { describe, expect, it } from 'vitest'
import { createEngine } from '../../engine/engine.ts'
import type { Engine } from '../../engine/types.ts'
import type { Parts } from './machine.ts'
import { runSeed } from './run-seed.ts'
import type { SeedResult } from './run-seed.ts'
import { shippedParts } from './shipped-parts.ts'
import { shrink } from './shrink.ts'
import type { WorldOptions } from './world.ts'

/** The shipped engine with a fault of its own: it cannot be told to stop. */
const badlyStopping: Parts = {
  ...shippedParts,
  engine: (options): Engine => {
    const engine = createEngine(options)
    return {
      step: (input) => {
        if (input.type === 'stop') throw new Error(`cannot stop in life ${options.incarnation.generation}`)
        return engine.step(input)
      },
      status: (now) => engine.status(now),
      state: () => engine.state(),
      handOver: (now) => engine.handOver(now),
    }
  },
}

/** The first world in which that shows after a good deal of other trouble. */
function broken(): { options: WorldOptions; result: SeedResult } {
  for (let seed = 1; seed < 200; seed++) {
    const options: WorldOptions = { seed, shape: 'three', parts: badlyStopping }
    const result = runSeed(options)
    if (result.violation !== null && result.faults.length > 5) return { options, result }
  }
  throw new Error('no world tells an engine to stop')
}

const faultLines = (lines: readonly string[]): string[] => lines.filter((line) => / FAULT /.test(line))

describe('a world that breaks a rule', () => {
  it('shrinks to the one fault that does it, and breaks the same rule when it is run again', () => {
    const { options, result } = broken()
    const small = shrink(options, result, () => true)
    expect(small.result.faults).toHaveLength(1)
    expect(result.faults).toContain(small.result.faults[0])
    const again = runSeed(small.options)
    expect(again.violation?.message).toBe(small.result.violation?.message)
    expect(again.timeline.join('\n')).toMatch(/FAULT\s+\d+: stop/)
  })

  it('stays as it is when there is no time to shrink it', () => {
    const { options, result } = broken()
    expect(shrink(options, result, () => false)).toEqual({ options, result, runs: 0 })
  })
})

describe('a fault plan', () => {
  it('is the same world when every fault of it is named', () => {
    const options: WorldOptions = { seed: 5, shape: 'five', parts: shippedParts, verbose: true }
    const all = runSeed(options)
    const named = runSeed({ ...options, keep: all.faults })
    expect(named.timeline).toEqual(all.timeline)
  })

  it('leaves the other faults what they are when some are left out', () => {
    const options: WorldOptions = { seed: 5, shape: 'five', parts: shippedParts, verbose: true }
    const all = runSeed(options)
    const some = runSeed({ ...options, keep: all.faults.filter((number) => number % 3 === 0) })
    expect(some.faults.length).toBeGreaterThan(3)
    expect(faultLines(some.timeline)).toEqual(faultLines(all.timeline).filter((line) => Number(/(\d+):/.exec(line)?.[1]) % 3 === 0))
  })
})
