/** What fuzzing may be asked for on its command line. */
import type { Asked } from '../packages/core/src/testing/command-line.ts'
import { flagsOf, named, wholeNumber } from '../packages/core/src/testing/command-line.ts'
import { fuzzFiles, fuzzTargets } from './fuzz-target.ts'

const CASES = '100000'
/** What fast-check draws from has 32 bits, one of them for the sign. */
const SEED_MAX = 2 ** 31 - 1

const files = fuzzFiles()
const targets = fuzzTargets(files)

export const USAGE = `fuzz [--target NAME ...] [--cases N] [--seed S]

Puts past failures and then new cases before everything that reads bytes from elsewhere.
  --target  this one, may be repeated (all): ${targets.join(', ')}
  --cases   how many new ones for each target (${CASES}); 0: past failures only
  --seed    a whole number that all chance is drawn from (a new one)`

export interface Request {
  readonly targets: readonly string[]
  /** The files of tests that hold them. */
  readonly files: readonly string[]
  readonly cases: number
  readonly seed: number
}

/** Throws a UsageError where they make no sense. */
export function readArguments(args: readonly string[]): Asked<Request> {
  const flags = flagsOf(args, {
    target: { type: 'string', multiple: true },
    cases: { type: 'string' },
    seed: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  })
  if (flags.help === true) return 'help'
  const wanted = new Set(flags.target?.map((name) => named('target', name, targets, (each) => each)) ?? targets)
  return {
    targets: [...wanted],
    files: files.filter((file) => file.targets.some((name) => wanted.has(name))).map(({ path }) => path),
    cases: wholeNumber('cases', flags.cases ?? CASES, 0),
    seed: flags.seed === undefined ? Math.floor(Math.random() * SEED_MAX) : wholeNumber('seed', flags.seed, 0, SEED_MAX),
  }
}
