/** `npm run sim -- --seeds N [--from K] [--shape NAME] [--keep-going] | --seed S [--verbose]`: worlds from seeds, judged by every checker. */
import { parseArgs } from 'node:util'
import { explain, runSeed } from './run-seed.ts'
import { SHAPES } from './shape.ts'
import type { ShapeName } from './shape.ts'
import { shippedParts } from './shipped-parts.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    seed: { type: 'string' },
    from: { type: 'string', default: '1' },
    shape: { type: 'string' },
    'keep-going': { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
})

function wholeNumber(name: string, text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`--${name} takes a whole number, not "${text}"`)
  return number
}

function shapeOf(text: string | undefined): { shape?: ShapeName } {
  if (text === undefined) return {}
  const shape = SHAPES.find((name) => name === text)
  if (shape === undefined) throw new Error(`--shape takes one of ${SHAPES.join(', ')}, not "${text}"`)
  return { shape }
}

function replay(seed: number): boolean {
  const result = runSeed({ seed, parts: shippedParts, ...shapeOf(values.shape), verbose: true })
  const shown = values.verbose
    ? result
    : { ...result, timeline: result.timeline.filter((line) => !/\s(beat|renew|lease|observe)\s|call=\d.*observe/.test(line)) }
  console.log(explain(shown))
  return result.violation === null
}

function runMany(from: number, seeds: number): boolean {
  const began = performance.now()
  let simulatedMs = 0
  let events = 0
  let violations = 0
  let nextNews = began + 2000
  for (let seed = from; seed < from + seeds; seed++) {
    const result = runSeed({ seed, parts: shippedParts, ...shapeOf(values.shape) })
    simulatedMs += result.simulatedMs
    events += result.events
    if (result.violation !== null) {
      violations += 1
      console.log(values['keep-going'] ? `seed ${seed} (${result.shape}): ${result.violation.message}` : explain(result))
      console.log(
        `violation: seed ${seed}; replay with: npm run sim -- --seed ${seed}${values.shape === undefined ? '' : ` --shape ${values.shape}`}`,
      )
      if (!values['keep-going']) return false
    }
    if (performance.now() > nextNews) {
      nextNews = performance.now() + 2000
      console.log(progress(seed - from + 1, seeds, simulatedMs, events, performance.now() - began))
    }
  }
  const verdict = violations === 0 ? 'no violation' : `${violations} violations`
  console.log(`${verdict}: ${progress(seeds, seeds, simulatedMs, events, performance.now() - began)}`)
  return violations === 0
}

function progress(done: number, of: number, simulatedMs: number, events: number, tookMs: number): string {
  const perSecond = (done / tookMs) * 1000
  return `${done}/${of} seeds, ${perSecond.toFixed(1)} seeds/s, ${(simulatedMs / tookMs).toFixed(0)}x real time, ${(simulatedMs / 1000).toFixed(0)} s simulated, ${events} events`
}

const good =
  values.seed === undefined
    ? runMany(wholeNumber('from', values.from), wholeNumber('seeds', values.seeds))
    : replay(wholeNumber('seed', values.seed))
process.exitCode = good ? 0 : 1
