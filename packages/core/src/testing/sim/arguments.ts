/** What the simulator may be asked for on its command line. */
import { availableParallelism } from 'node:os'
import type { Asked } from '../command-line.ts'
import { UsageError, flagsOf, named, wholeNumber } from '../command-line.ts'
import { allMutants } from '../mutants/all-mutants.ts'
import type { Judgement } from '../mutants/judge-mutants.ts'
import type { FarmOptions } from './farm.ts'
import { SHAPES } from './shape.ts'
import type { ShapeName } from './shape.ts'
import type { WorldOptions } from './world.ts'

export const USAGE = `sim [--seeds N] [--from K] [--jobs J] [--shape NAME] [--keep-going] [--json]
sim --mutants [--only NAME] [--seeds N] [--from K] [--jobs J] [--without-stories] [--json]
sim --seed S [--keep 3,7] [--until MS] [--groups N] [--shape NAME] [--verbose]

Worlds from many seeds; the first that breaks a rule is made small.
  --seeds            how many (200)
  --from             the first one (1)
  --jobs             how many at a time (one for each core)
  --shape            only worlds of this shape: ${SHAPES.join(', ')}
  --keep-going       does not end with the first broken rule
  --json             the last line is a JSON object

Bugs that are planted into a copy of the sources, each of which has to break a rule.
  --mutants          each in its own copy, first in the directed worlds, then in those from seeds
  --only             this one, with what happened last
  --without-stories  without the directed worlds

The story of one world.
  --seed             its seed
  --keep             only these of its faults, by number; '' is none
  --until            faults come until then, ms
  --groups           only so many of its groups
  --verbose          with beats, renewals and observations`

/** Many worlds, each from a seed. */
export interface Survey {
  readonly kind: 'survey'
  readonly farm: Required<Pick<FarmOptions, 'from' | 'seeds' | 'jobs' | 'keepGoing'>> & Pick<FarmOptions, 'shape'>
  /** Whether the last line is for programs. */
  readonly json: boolean
}

export type Request =
  | Survey
  | { readonly kind: 'mutants'; readonly judgement: Judgement }
  | { readonly kind: 'replay'; readonly world: Omit<WorldOptions, 'parts'>; readonly verbose: boolean }

const FLAGS = {
  seeds: { type: 'string' },
  from: { type: 'string' },
  jobs: { type: 'string' },
  'keep-going': { type: 'boolean' },
  json: { type: 'boolean' },
  shape: { type: 'string' },
  seed: { type: 'string' },
  keep: { type: 'string' },
  until: { type: 'string' },
  groups: { type: 'string' },
  verbose: { type: 'boolean' },
  mutants: { type: 'boolean' },
  only: { type: 'string' },
  'without-stories': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const
type Flags = ReturnType<typeof flagsOf<typeof FLAGS>>

/** What goes with which request. Without effect a flag would only seem to be obeyed. */
const GOES_WITH: Readonly<Record<Request['kind'], readonly (keyof Flags)[]>> = {
  survey: ['seeds', 'from', 'jobs', 'shape', 'keep-going', 'json'],
  mutants: ['mutants', 'only', 'seeds', 'from', 'jobs', 'without-stories', 'json'],
  replay: ['seed', 'keep', 'until', 'groups', 'shape', 'verbose'],
}
const SAID: Readonly<Record<Request['kind'], string>> = { survey: 'many seeds', mutants: '--mutants', replay: '--seed' }

/** Throws a UsageError where they make no sense. */
export function readArguments(args: readonly string[]): Asked<Request> {
  const flags = flagsOf(args, FLAGS)
  if (flags.help === true) return 'help'
  const kind = flags.seed !== undefined ? 'replay' : flags.mutants === true ? 'mutants' : 'survey'
  const stray = (Object.keys(flags) as (keyof Flags)[]).find((flag) => !GOES_WITH[kind].includes(flag))
  if (stray !== undefined) throw new UsageError(`--${stray} does not go with ${SAID[kind]}`)
  if (flags.seed !== undefined) return replayOf(flags, flags.seed)
  const worlds = {
    from: wholeNumber('from', flags.from ?? '1', 0),
    seeds: wholeNumber('seeds', flags.seeds ?? '200', 1),
    jobs: wholeNumber('jobs', flags.jobs ?? String(availableParallelism()), 1),
  }
  const json = flags.json === true
  if (kind === 'survey') return { kind, farm: { ...worlds, ...shapeOf(flags.shape), keepGoing: flags['keep-going'] === true }, json }
  const only = flags.only === undefined ? null : named('only', flags.only, allMutants, ({ name }) => name)
  return { kind: 'mutants', judgement: { ...worlds, only, stories: flags['without-stories'] !== true, json } }
}

function replayOf({ keep, until, groups, shape, verbose }: Flags, seed: string): Request {
  const world = {
    seed: wholeNumber('seed', seed, 0),
    ...shapeOf(shape),
    ...(keep === undefined ? {} : { keep: keep === '' ? [] : keep.split(',').map((number) => wholeNumber('keep', number, 0)) }),
    ...(until === undefined ? {} : { untilMs: wholeNumber('until', until, 0) }),
    ...(groups === undefined ? {} : { groups: wholeNumber('groups', groups, 1) }),
  }
  return { kind: 'replay', world, verbose: verbose === true }
}

function shapeOf(shape: string | undefined): { shape?: ShapeName } {
  return shape === undefined ? {} : { shape: named('shape', shape, SHAPES, (name) => name) }
}
