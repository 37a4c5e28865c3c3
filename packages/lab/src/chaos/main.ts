/** `chaos [--minutes M] [--seed S] [--nodes N] [--json]`: breaks everything at random, and fails if anything happens that must not. */
import { parseArgs } from 'node:util'
import { LabError } from '../errors.ts'
import { report } from './result.ts'
import type { ChaosOptions } from './run.ts'
import { runChaos } from './run.ts'

const USAGE = `chaos [--minutes M] [--seed S] [--nodes N] [--json]

  --minutes  how long (3)
  --seed     a whole number that all chance is drawn from (a new one)
  --nodes    3 or 5 (3)
  --json     one JSON object on standard output instead of a report for people`

const EXIT_FAILED = 1
const EXIT_USAGE = 2

type Request = Omit<ChaosOptions, 'say'> & { readonly json: boolean }

/** What is asked for, or what is wrong with the question; null: how to ask. */
function readArguments(): Request | string | null {
  let values
  try {
    values = parseArgs({
      options: {
        minutes: { type: 'string', default: '3' },
        seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 32)) },
        nodes: { type: 'string', default: '3' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  if (values.help) return null
  const [minutes, seed, nodes] = [values.minutes, values.seed, values.nodes].map(Number) as [number, number, number]
  if (!(minutes >= 1)) return `--minutes must be a number from 1, not ${values.minutes}`
  if (!Number.isSafeInteger(seed) || seed < 0) return `--seed must be a whole number from 0, not ${values.seed}`
  if (nodes !== 3 && nodes !== 5) return `--nodes must be 3 or 5, not ${values.nodes}`
  return { minutes, seed, nodes, json: values.json }
}

async function main(): Promise<number> {
  const request = readArguments()
  if (request === null) {
    process.stdout.write(`${USAGE}\n`)
    return 0
  }
  if (typeof request === 'string') {
    process.stderr.write(`${request}\n\n${USAGE}\n`)
    return EXIT_USAGE
  }
  const result = await runChaos({ ...request, say: (text) => process.stderr.write(`${text}\n`) })
  process.stdout.write(request.json ? `${JSON.stringify(result)}\n` : report(result))
  return result.ok ? 0 : EXIT_FAILED
}

try {
  process.exitCode = await main()
} catch (error) {
  process.stderr.write(`${error instanceof LabError ? error.message : String(error instanceof Error ? error.stack : error)}\n`)
  process.exitCode = EXIT_FAILED
}
