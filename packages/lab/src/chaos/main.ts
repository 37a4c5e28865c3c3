/** `npm run chaos`: breaks everything at random, and fails if anything happens that must not. */
import { follow } from '@movip/core/testing/command-line'
import { LabError } from '../errors.ts'
import { USAGE, readArguments } from './arguments.ts'
import type { Request } from './arguments.ts'
import { report } from './result.ts'
import { runChaos } from './run.ts'

const EXIT_FAILED = 1

async function run({ json, ...options }: Request): Promise<boolean> {
  const result = await runChaos({ ...options, say: (text) => process.stderr.write(`${text}\n`) })
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : report(result))
  return result.ok
}

try {
  process.exitCode = await follow(USAGE, readArguments, run)
} catch (error) {
  process.stderr.write(`${error instanceof LabError ? error.message : String(error instanceof Error ? error.stack : error)}\n`)
  process.exitCode = EXIT_FAILED
}
