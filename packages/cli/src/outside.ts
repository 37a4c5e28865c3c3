import { Config } from '@oclif/core'
import { failureJson, failureOf, failureText, unknownCommandIn } from './failure.ts'

/** Reports what went wrong before or outside a command: an unknown command, a broken installation. */
export async function reportOutside(error: unknown): Promise<void> {
  // `process.exit` inside oclif (after --help, for example) arrives as an error that is none.
  if (error instanceof Error && 'code' in error && error.code === 'EEXIT') {
    process.exitCode = 'oclif' in error ? Number((error.oclif as { exit?: number }).exit ?? 0) : 0
    return
  }
  const told = failureOf(error)
  const meant = await meantBy(error)
  const failure = meant === null ? told : { ...told, fix: `did you mean movip ${meant}? What there is: movip help` }
  process.exitCode = failure.exitCode
  if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(failureJson(failure), null, 2)}\n`)
  else process.stderr.write(`${failureText(failure)}\n`)
}

/** The command that an unknown one was most likely to be; null: none is near, or something else is wrong. */
async function meantBy(error: unknown): Promise<string | null> {
  const unknown = unknownCommandIn(error)
  if (unknown === null) return null
  const [{ nearest }, config] = await Promise.all([
    import('@movip/core/config'),
    Config.load({ root: import.meta.dirname, userPlugins: false }),
  ])
  const known = config.commands.filter(({ hidden }) => !hidden).map(({ id }) => id.replaceAll(':', ' '))
  const [first = ''] = unknown.split(' ')
  return nearest(unknown, known) ?? nearest(first, known)
}
