/** The command lines of the programs that search for broken rules. */
import { parseArgs } from 'node:util'
import type { ParseArgsOptionsConfig } from 'node:util'

/** A command line that cannot be followed; its message names what is wrong and what is expected. */
export class UsageError extends Error {}

const EXIT_BROKEN = 1
const EXIT_USAGE = 2

/** What a program is asked for: a request of its own, or how it is used. */
export type Asked<Request> = Request | 'help'

/** Follows the command line, or says what is wrong with it. The exit code: 0 nothing is broken, 1 something is, 2 there was nothing to do. */
export async function follow<Request extends object>(
  usage: string,
  read: (args: readonly string[]) => Asked<Request>,
  run: (request: Request) => Promise<boolean>,
): Promise<number> {
  try {
    const asked = read(process.argv.slice(2))
    if (asked !== 'help') return (await run(asked)) ? 0 : EXIT_BROKEN
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    process.stderr.write(`${error.message}\n\n${usage}\n`)
    return EXIT_USAGE
  }
  process.stdout.write(`${usage}\n`)
  return 0
}

/** The flags that were given. */
export function flagsOf<const Options extends ParseArgsOptionsConfig>(args: readonly string[], options: Options) {
  try {
    return parseArgs({ args: [...args], options }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

/** The number behind a flag. */
export function wholeNumber(flag: string, text: string, least: number, most: number = Number.MAX_SAFE_INTEGER): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (number >= least && number <= most) return number
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`
  throw new UsageError(`--${flag} takes a whole number ${range}, not "${text}"`)
}

/** The one of these that the flag names. */
export function named<Thing>(flag: string, name: string, things: readonly Thing[], nameOf: (thing: Thing) => string): Thing {
  const found = things.find((thing) => nameOf(thing) === name)
  if (found === undefined) throw new UsageError(`--${flag} takes one of ${things.map(nameOf).join(', ')}, not "${name}"`)
  return found
}

/** So many things, in words. */
export function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`
}
