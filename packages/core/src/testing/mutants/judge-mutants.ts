import { allMutants } from './all-mutants.ts'
import type { Mutant } from './mutant.ts'
import { tryEdits, tryMutants } from './try-mutants.ts'
import type { Verdict } from './try-mutants.ts'

export interface Judgement {
  /** The name of one planted bug; undefined: all of them. */
  readonly only: string | undefined
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
export async function judgeMutants({ only, jobs, json, ...order }: Judgement, say: (line: string) => void): Promise<boolean> {
  const chosen = choose(only)
  const began = performance.now()
  const unchanged = await tryEdits([], order)
  const isInnocent = unchanged.type === 'survived' && unchanged.untold.length === 0
  if (isInnocent) say(`unchanged: ${unchanged.stories} stories, ${unchanged.seeds} seeds, no rule broken`)
  else say(`unchanged sources: ${JSON.stringify(unchanged)}`)
  const verdicts = await tryMutants(chosen, order, Math.max(1, jobs), (verdict) => {
    const { outcome } = verdict
    // Who asks for one of them wants to see how it comes out.
    if (only !== undefined && outcome.type === 'convicted') for (const line of [...outcome.timeline, outcome.message]) say(line)
    say(lineOf(verdict))
  })
  const convicted = verdicts.filter(({ outcome }) => outcome.type === 'convicted').length
  say(`${convicted} of ${verdicts.length} planted bugs convicted in ${((performance.now() - began) / 1000).toFixed(0)} s`)
  if (json) say(JSON.stringify({ planted: verdicts.length, survived: verdicts.length - convicted, isInnocent }))
  return isInnocent && convicted === verdicts.length
}

function choose(name: string | undefined): readonly Mutant[] {
  const chosen = allMutants.filter((mutant) => name === undefined || mutant.name === name)
  if (chosen.length === 0) throw new Error(`there is no planted bug "${name}"; there are ${allMutants.map((each) => each.name).join(', ')}`)
  return chosen
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
