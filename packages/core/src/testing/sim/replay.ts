/** One world again, to be read. */
import { UsageError } from '../command-line.ts'
import { explain, runSeed } from './run-seed.ts'
import type { SeedResult } from './run-seed.ts'
import { World } from './world.ts'
import type { WorldOptions } from './world.ts'

/** Beats, renewals and observations: most of a timeline, and seldom what it is about. */
const ROUTINE = /\s(beat|renew|lease|observe)\s|call=\d.*observe/

/** Runs the world; `verbose`: its story is told with what comes all the time. Throws a UsageError where it has not what was asked for. */
export function replay(options: WorldOptions, verbose: boolean): { readonly story: string; readonly isSound: boolean } {
  demandGroups(options)
  const result = runSeed({ ...options, verbose: true })
  demandFaults(options, result)
  const timeline = verbose ? result.timeline : result.timeline.filter((line) => !ROUTINE.test(line))
  return { story: explain({ ...result, timeline }), isSound: result.violation === null }
}

/** The command that shows this world. */
export function replayCommand({ seed, shape, keep, untilMs, groups }: WorldOptions): string {
  const parts = [`npm run sim -- --seed ${seed}`]
  if (shape !== undefined) parts.push(`--shape ${shape}`)
  if (keep !== undefined) parts.push(`--keep ${keep.length === 0 ? "''" : keep.join(',')}`)
  if (untilMs !== undefined) parts.push(`--until ${untilMs}`)
  if (groups !== undefined) parts.push(`--groups ${groups}`)
  return parts.join(' ')
}

function demandGroups({ groups = 1, ...options }: WorldOptions): void {
  const there = new World(options).shape.spec.groups.length
  if (groups > there) throw new UsageError(`--groups asks for ${groups}, but the world of seed ${options.seed} has ${there}`)
}

/** Faults that did not come may be due behind the end of this world. In one in which only they come each has its time, if there is such a fault. */
function demandFaults({ untilMs: _untilMs, ...options }: WorldOptions, { faults }: SeedResult): void {
  const missing = options.keep?.filter((number) => !faults.includes(number)) ?? []
  if (missing.length === 0) return
  const { faults: late, violation } = runSeed({ ...options, keep: missing })
  const unknown = violation === null ? missing.filter((number) => !late.includes(number)) : []
  if (unknown.length > 0)
    throw new UsageError(`--keep names faults that the world of seed ${options.seed} does not have: ${unknown.join(', ')}`)
}
