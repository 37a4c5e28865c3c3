import { failureJson, failureOf, failureText } from './failure.ts'

/** Reports what went wrong before or outside a command: an unknown command, a broken installation. */
export function reportOutside(error: unknown): void {
  // `process.exit` inside oclif (after --help, for example) arrives as an error that is none.
  if (error instanceof Error && 'code' in error && error.code === 'EEXIT') {
    process.exitCode = 'oclif' in error ? Number((error.oclif as { exit?: number }).exit ?? 0) : 0
    return
  }
  const failure = failureOf(error)
  process.exitCode = failure.exitCode
  if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(failureJson(failure), null, 2)}\n`)
  else process.stderr.write(`${failureText(failure)}\n`)
}
