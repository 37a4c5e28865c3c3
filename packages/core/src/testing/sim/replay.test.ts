import { describe, expect, it } from 'vitest'
import { UsageError } from '../command-line.ts'
import { replay, replayCommand } from './replay.ts'
import { runSeed } from './run-seed.ts'
import { shippedParts } from './shipped-parts.ts'
import type { WorldOptions } from './world.ts'

const world: WorldOptions = { seed: 9, shape: 'three', parts: shippedParts }

describe('a world that is run again', () => {
  it('is told from its first moment, with beats only where they are asked for', () => {
    const { story, isSound } = replay(world, false)
    expect(isSound).toBe(true)
    expect(story).toMatch(/^seed 9 \(three\): no rule broken\n.*START/)
    expect(story).not.toMatch(/\sbeat\s/)
    expect(replay(world, true).story).toMatch(/\sbeat\s/)
  })

  it('has the faults that it is asked for, also where they are due after its end', () => {
    const { faults } = runSeed(world)
    expect(replay({ ...world, keep: faults.slice(0, 2) }, false).story.match(/ FAULT /g)).toHaveLength(2)
    expect(replay({ ...world, keep: faults, untilMs: 1 }, false).isSound).toBe(true)
  })

  it.each([
    [{ keep: [1, 999, 1000] }, '--keep names faults that the world of seed 9 does not have: 999, 1000'],
    [{ keep: [0] }, 'does not have: 0'],
    [{ keep: [1, 999], untilMs: 1 }, 'does not have: 999'],
    [{ groups: 9 }, '--groups asks for 9, but the world of seed 9 has '],
  ])('is refused where it has not what it is asked for: %j', (wanted, message) => {
    expect(() => replay({ ...world, ...wanted }, false)).toThrow(UsageError)
    expect(() => replay({ ...world, ...wanted }, false)).toThrow(message)
  })

  it('is named by a command that asks for the same world', () => {
    expect(replayCommand({ ...world, keep: [3, 7], untilMs: 900, groups: 1 })).toBe(
      'npm run sim -- --seed 9 --shape three --keep 3,7 --until 900 --groups 1',
    )
    expect(replayCommand({ ...world, keep: [] })).toBe("npm run sim -- --seed 9 --shape three --keep ''")
  })
})
