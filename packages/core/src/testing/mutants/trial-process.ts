/** One trial in a process of its own, on the sources beside it: takes an order, says an outcome, both JSON. */
import { runTrial } from './trial.ts'
import type { TrialOrder } from './trial.ts'

process.stdout.write(JSON.stringify(runTrial(JSON.parse(process.argv[2] ?? '') as TrialOrder)))
