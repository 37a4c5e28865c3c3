/** `npm run bench`: measures, prints, and fails if a figure is missed. */
import { follow } from '@movip/core/testing/command-line'
import { LabError } from '../errors.ts'
import { USAGE, readArguments } from './arguments.ts'
import type { Request } from './arguments.ts'
import { runAws } from './aws.ts'
import { runAzure, runGcp, runLb } from './balanced.ts'
import { runDns, runHybrid } from './hybrid.ts'
import { runGroups } from './groups.ts'
import { runLan } from './lan.ts'
import { provenance, table } from './report.ts'
import type { SuiteResult } from './report.ts'
import { runSim } from './sim.ts'

const EXIT_FAILED = 1

const suites = {
  lan: runLan,
  groups: runGroups,
  aws: runAws,
  lb: runLb,
  azure: runAzure,
  gcp: runGcp,
  dns: runDns,
  hybrid: runHybrid,
  sim: runSim,
} as const

async function run({ suite, json, ...options }: Request): Promise<boolean> {
  const say = (text: string): void => console.error(text)
  const origin = provenance()
  const rows = await suites[suite]({ ...options, say })
  const result: SuiteResult = { suite, ...origin, rows }
  console.log(json ? JSON.stringify(result) : table(rows))
  return rows.every(({ ok }) => ok)
}

try {
  process.exitCode = await follow(USAGE, readArguments, run)
} catch (error) {
  console.error(error instanceof LabError ? error.message : error)
  process.exitCode = EXIT_FAILED
}
