/** What a measurement may be asked for on its command line. */
import type { Asked } from '@movip/core/testing/command-line'
import { UsageError, flagsOf, named, wholeNumber } from '@movip/core/testing/command-line'
import { awsNames } from './aws.ts'
import { azureNames, gcpNames, lbNames } from './balanced.ts'
import { dnsNames, hybridNames } from './hybrid.ts'
import { groupsNames } from './groups.ts'
import { lanNames } from './lan.ts'
import { simNames } from './sim.ts'

const SUITES = ['lan', 'groups', 'aws', 'lb', 'azure', 'gcp', 'dns', 'hybrid', 'sim'] as const
type Suite = (typeof SUITES)[number]
const ROWS: Readonly<Record<Suite, readonly string[]>> = {
  lan: lanNames,
  groups: groupsNames,
  aws: awsNames,
  lb: lbNames,
  azure: azureNames,
  gcp: gcpNames,
  dns: dnsNames,
  hybrid: hybridNames,
  sim: simNames,
}
const RUNS = '10'

export const USAGE = `bench lan [--json] [--runs N] [--only name,name]
bench groups [--json] [--runs N] [--only name,name]
bench aws [--json] [--runs N] [--only name,name]
bench lb [--json] [--runs N] [--only name,name]
bench azure [--json] [--runs N] [--only name,name]
bench gcp [--json] [--runs N] [--only name,name]
bench dns [--json] [--runs N] [--only name,name]
bench hybrid [--json] [--runs N] [--only name,name]
bench sim [--json] [--only name,name]

  --json   one JSON object on standard output instead of a table
  --runs   how often each fault is made (${RUNS})
  --only   some of, lan: ${lanNames.join(', ')}
                 groups: ${groupsNames.join(', ')}
                    aws: ${awsNames.join(', ')}
                     lb: ${lbNames.join(', ')}
                  azure: ${azureNames.join(', ')}
                    gcp: ${gcpNames.join(', ')}
                    dns: ${dnsNames.join(', ')}
                 hybrid: ${hybridNames.join(', ')}
                    sim: ${simNames.join(', ')}`

export interface Request {
  readonly suite: Suite
  readonly json: boolean
  readonly runs: number
  /** Names of rows; empty: all. */
  readonly only: readonly string[]
}

/** Throws a UsageError where they make no sense. */
export function readArguments(args: readonly string[]): Asked<Request> {
  const [first = 'lan', ...others] = args[0]?.startsWith('-') === true ? ['lan', ...args] : args
  const flags = flagsOf(others, {
    json: { type: 'boolean' },
    runs: { type: 'string' },
    only: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  })
  if (flags.help === true) return 'help'
  const suite = SUITES.find((name) => name === first)
  if (suite === undefined) throw new UsageError(`there is no suite "${first}"; there are ${SUITES.join(', ')}`)
  if (suite === 'sim' && flags.runs !== undefined) throw new UsageError('--runs does not go with the suite sim')
  return {
    suite,
    json: flags.json === true,
    runs: wholeNumber('runs', flags.runs ?? RUNS, 1),
    only: flags.only?.split(',').map((name) => named('only', name, ROWS[suite], (row) => row)) ?? [],
  }
}
