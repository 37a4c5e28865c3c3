/** What chaos may be asked for on its command line. */
import type { Asked } from '@movip/core/testing/command-line'
import { flagsOf, named, wholeNumber } from '@movip/core/testing/command-line'
import type { ChaosOptions } from './run.ts'

const MINUTES = '3'
/** A week: everything is planned before the beginning. */
const MINUTES_MAX = 10_080
const SEED_END = 2 ** 32
const NODES = [3, 5] as const

export const USAGE = `chaos [--minutes M] [--seed S] [--nodes N] [--json]

  --minutes  how long (${MINUTES})
  --seed     a whole number that all chance is drawn from (a new one)
  --nodes    3 or 5 (3)
  --json     one JSON object on standard output instead of a report for people`

export type Request = Omit<ChaosOptions, 'say'> & { readonly json: boolean }

/** Throws a UsageError where they make no sense. */
export function readArguments(args: readonly string[]): Asked<Request> {
  const flags = flagsOf(args, {
    minutes: { type: 'string' },
    seed: { type: 'string' },
    nodes: { type: 'string' },
    json: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  })
  if (flags.help === true) return 'help'
  return {
    minutes: wholeNumber('minutes', flags.minutes ?? MINUTES, 1, MINUTES_MAX),
    seed: flags.seed === undefined ? Math.floor(Math.random() * SEED_END) : wholeNumber('seed', flags.seed, 0),
    nodes: flags.nodes === undefined ? NODES[0] : named('nodes', flags.nodes, NODES, String),
    json: flags.json === true,
  }
}
