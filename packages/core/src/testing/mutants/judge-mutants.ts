import { counted } from '../command-line.ts'
import { commitOfSources } from '../commit.ts'
import { allMutants } from './all-mutants.ts'
import type { Mutant } from './mutant.ts'
import { tryEdits, tryMutants } from './try-mutants.ts'
import type { Verdict } from './try-mutants.ts'

export interface Judgement {
  /** One planted bug; null: all of them. */
  readonly only: Mutant | null
  /** Tell the directed worlds first? */
  readonly stories: boolean
  readonly seeds: number
  readonly from: number
  readonly jobs: number
  /** Whether the last line is for programs. */
  readonly json: boolean
}

/**
 * Plants one bug at a time into a copy of the sources and demands that the simulator convicts it. True: all were convicted, and the
 * unchanged copy was not.
 */
export async function judgeMutants(judgement: Judgement, say: (line: string) => void, stop: AbortSignal): Promise<boolean> {
  try {
    return await judge(judgement, say, stop)
  } catch (error) {
    if (!stop.aborted) throw error
    say(`stopped: ${String(stop.reason)}`)
    return false
  }
}

async function judge({ only, jobs, json, ...order }: Judgement, say: (line: string) => void, stop: AbortSignal): Promise<boolean> {
  const began = performance.now()
  const commit = commitOfSources()
  const planted = only === null ? allMutants : [only]
  hint(`first the unchanged sources: ${order.stories ? 'all stories, ' : ''}${counted(order.seeds, 'seed')}`)
  const unchanged = await tryEdits([], order, { stop, onNews: newsOf('unchanged') })
  const isInnocent = unchanged.type === 'survived' && unchanged.untold.length === 0
  if (isInnocent) say(`unchanged: ${unchanged.stories} stories, ${unchanged.seeds} seeds, no rule broken`)
  else say(`unchanged sources: ${JSON.stringify(unchanged)}`)
  const tell = (verdict: Verdict): void => {
    const { outcome } = verdict
    // Who asks for one of them wants to see how it comes out.
    if (only !== null && outcome.type === 'convicted') for (const line of [...outcome.timeline, outcome.message]) say(line)
    say(lineOf(verdict))
  }
  hint(`now ${counted(planted.length, 'planted bug')}, each in up to as many worlds`)
  const verdicts = await tryMutants(planted, order, jobs, { tell, stop, onNews: only === null ? undefined : newsOf(only.name) })
  const convicted = verdicts.filter(({ outcome }) => outcome.type === 'convicted').length
  const spared = verdicts.flatMap(({ mutant, outcome }) => (outcome.type === 'convicted' ? [] : [mutant.name]))
  say(`${convicted} of ${counted(verdicts.length, 'planted bug')} convicted in ${((performance.now() - began) / 1000).toFixed(0)} s`)
  const chance = chanceOf(verdicts)
  if (chance !== null) say(chance)
  if (spared.length > 0) say(`not convicted: ${spared.join(', ')}`)
  if (json)
    say(
      JSON.stringify({ commit, ...order, planted: verdicts.length, survived: spared.length, isInnocent, verdicts: verdicts.map(recordOf) }),
    )
  return isInnocent && spared.length === 0
}

/** For who waits; not part of the answer. */
function hint(line: string): void {
  process.stderr.write(`${line}\n`)
}

function newsOf(name: string): (text: string) => void {
  return (text) => hint(`${name}: ${text.trimEnd()}`)
}

/** How many seeds it took, over all that were convicted by one; null: none was. */
export function chanceOf(verdicts: readonly Verdict[]): string | null {
  const tried = verdicts
    .flatMap(({ outcome }) => (outcome.type === 'convicted' && 'seed' in outcome.by ? [outcome.by.tried] : []))
    .toSorted((a, b) => a - b)
  if (tried.length === 0) return null
  return `by chance ${tried.length}, seeds to conviction: median ${tried[Math.floor(tried.length / 2)]}, most ${tried.at(-1)}`
}

/** One verdict for programs: the rule that convicted first, in which world, and how many were tried up to it. */
export function recordOf({ mutant: { name }, outcome, tookMs }: Verdict): object {
  switch (outcome.type) {
    case 'convicted':
      return { name, convictedBy: outcome.rule, ...outcome.by, tookMs }
    case 'survived':
      return { name, convictedBy: null, tried: outcome.stories + outcome.seeds, untold: outcome.untold, tookMs }
    case 'broken':
      return { name, convictedBy: null, broken: outcome.message, tookMs }
  }
}

/** One verdict in one line. */
export function lineOf({ mutant, outcome, tookMs }: Verdict): string {
  const took = `${(tookMs / 1000).toFixed(1)} s`
  const name = mutant.name.padEnd(36)
  if (outcome.type === 'broken') return `BROKEN     ${name} ${outcome.message}`
  if (outcome.type === 'survived')
    return [`SURVIVED   ${name} ${mutant.what}: ${outcome.stories} stories, ${outcome.seeds} seeds, ${took}`, ...outcome.untold].join(
      '\n  untold: ',
    )
  const where = 'story' in outcome.by ? `story "${outcome.by.story}"` : `seed ${outcome.by.seed}, after ${outcome.by.tried} seeds`
  return `convicted  ${name} ${outcome.rule}; ${where}; ${took}`
}
