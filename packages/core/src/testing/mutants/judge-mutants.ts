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
  const unchanged = await tryEdits([], order, stop)
  const isInnocent = unchanged.type === 'survived' && unchanged.untold.length === 0
  if (isInnocent) say(`unchanged: ${unchanged.stories} stories, ${unchanged.seeds} seeds, no rule broken`)
  else say(`unchanged sources: ${JSON.stringify(unchanged)}`)
  const tell = (verdict: Verdict): void => {
    const { outcome } = verdict
    // Who asks for one of them wants to see how it comes out.
    if (only !== null && outcome.type === 'convicted') for (const line of [...outcome.timeline, outcome.message]) say(line)
    say(lineOf(verdict))
  }
  const verdicts = await tryMutants(only === null ? allMutants : [only], order, jobs, { tell, stop })
  const convicted = verdicts.filter(({ outcome }) => outcome.type === 'convicted').length
  say(`${convicted} of ${verdicts.length} planted bugs convicted in ${((performance.now() - began) / 1000).toFixed(0)} s`)
  if (json) say(JSON.stringify({ planted: verdicts.length, survived: verdicts.length - convicted, isInnocent }))
  return isInnocent && convicted === verdicts.length
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
