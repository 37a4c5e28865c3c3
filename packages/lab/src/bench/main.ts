/** `bench lan|sim [--json] [--runs N] [--only a,b]`: measures, prints, and fails if a figure is missed. */
import { parseArgs } from 'node:util'
import { LabError } from '../errors.ts'
import { lanNames, runLan } from './lan.ts'
import { suiteResult, table } from './report.ts'
import { runSim, simNames } from './sim.ts'

const suites = { lan: lanNames, sim: simNames } as const
type Suite = keyof typeof suites

const USAGE = `bench lan [--json] [--runs N] [--only name,name]
bench sim [--json] [--only name,name]

  --json   one JSON object on standard output instead of a table
  --runs   how often each fault is made (10)
  --only   some of, lan: ${lanNames.join(', ')}
                    sim: ${simNames.join(', ')}`

const EXIT_FAILED = 1
const EXIT_USAGE = 2

interface Request {
  readonly suite: Suite
  readonly json: boolean
  readonly runs: number
  readonly only: readonly string[]
}

/** What is asked for, or what is wrong with the question; null: how to ask. */
function readArguments(): Request | string | null {
  let parsed
  try {
    parsed = parseArgs({
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        runs: { type: 'string', default: '10' },
        only: { type: 'string', default: '' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  const { positionals, values } = parsed
  if (values.help) return null
  const suite = positionals[0] ?? 'lan'
  if ((suite !== 'lan' && suite !== 'sim') || positionals.length > 1)
    return `there is no suite "${positionals.join(' ')}"; there are lan and sim`
  const runs = Number(values.runs)
  if (!Number.isInteger(runs) || runs < 1) return `--runs must be a number from 1, not ${values.runs}`
  const only = values.only.split(',').filter((name) => name !== '')
  const names: readonly string[] = suites[suite]
  const unknown = only.filter((name) => !names.includes(name))
  if (unknown.length > 0) return `the suite ${suite} has no row ${unknown.join(', ')}; it has ${names.join(', ')}`
  return { suite, json: values.json, runs, only }
}

async function main(): Promise<number> {
  const request = readArguments()
  if (request === null) {
    console.log(USAGE)
    return 0
  }
  if (typeof request === 'string') {
    console.error(`${request}\n\n${USAGE}`)
    return EXIT_USAGE
  }
  const say = (text: string): void => console.error(text)
  const rows = request.suite === 'sim' ? await runSim({ ...request, say }) : await runLan({ ...request, say })
  const result = suiteResult(request.suite, rows)
  console.log(request.json ? JSON.stringify(result) : table(rows))
  return rows.every(({ ok }) => ok) ? 0 : EXIT_FAILED
}

try {
  process.exitCode = await main()
} catch (error) {
  console.error(error instanceof LabError ? error.message : error)
  process.exitCode = EXIT_FAILED
}
