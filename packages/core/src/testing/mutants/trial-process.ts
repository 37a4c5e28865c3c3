/** One trial in a process of its own, on the sources beside it: takes an order, says an outcome, both JSON, and on stderr how far it is. */
import { runTrial } from './trial.ts'
import type { TrialOrder } from './trial.ts'

const NEWS_MS = 2000

const order = JSON.parse(process.argv[2] ?? '') as TrialOrder
let nextNews = performance.now() + NEWS_MS
const outcome = runTrial(order, (seedsDone) => {
  if (performance.now() < nextNews) return
  nextNews = performance.now() + NEWS_MS
  process.stderr.write(`${seedsDone} of ${order.seeds} seeds\n`)
})
process.stdout.write(JSON.stringify(outcome))
