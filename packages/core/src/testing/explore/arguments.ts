/** What the search may be asked for on its command line. */
import type { Asked } from '../command-line.ts'
import { flagsOf, named, wholeNumber } from '../command-line.ts'
import type { Limits } from './search.ts'
import { WORLDS } from './worlds.ts'
import type { World } from './worlds.ts'

const STATES = '4000000'
const JOBS = '2'

export const USAGE = `explore [--world NAME] [--states N] [--depth D] [--jobs J] [--json]

Searches small worlds of the shipped engine for broken rules, each in a thread of its own.
  --world   this one, may be repeated (all): ${WORLDS.map(({ name }) => name).join(', ')}
  --states  most distinct states a world (${STATES})
  --depth   what a story may cost, in place of each world's own bound
  --jobs    how many at a time (${JOBS})
  --json    the last line is a JSON object`

export interface Request {
  readonly worlds: readonly World[]
  readonly limits: Limits
  readonly jobs: number
  readonly json: boolean
}

/** Throws a UsageError where they make no sense. */
export function readArguments(args: readonly string[]): Asked<Request> {
  const flags = flagsOf(args, {
    world: { type: 'string', multiple: true },
    states: { type: 'string' },
    depth: { type: 'string' },
    jobs: { type: 'string' },
    json: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  })
  if (flags.help === true) return 'help'
  const states = wholeNumber('states', flags.states ?? STATES, 1)
  return {
    worlds: flags.world?.map(worldNamed) ?? WORLDS,
    limits: flags.depth === undefined ? { states } : { states, bound: wholeNumber('depth', flags.depth, 0) },
    jobs: wholeNumber('jobs', flags.jobs ?? JOBS, 1),
    json: flags.json === true,
  }
}

/** The world that the flag, or an order to a thread, names. */
export function worldNamed(name: string): World {
  return named('world', name, WORLDS, (world) => world.name)
}
