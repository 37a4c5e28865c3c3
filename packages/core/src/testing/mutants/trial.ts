import { Violation } from '../sim/checks/violation.ts'
import { runSeed } from '../sim/run-seed.ts'
import { shippedParts } from '../sim/shipped-parts.ts'
import { allStories } from '../sim/stories/all-stories.ts'
import { tellStory } from '../sim/stories/story.ts'

/** What the simulator is to try. */
export interface TrialOrder {
  readonly stories: boolean
  readonly seeds: number
  /** The first seed. */
  readonly from: number
}

export type Outcome =
  | {
      readonly type: 'convicted'
      /** The name of the story or the number of the seed. */
      readonly by: { readonly story: string } | { readonly seed: number; readonly tried: number }
      /** The rule that broke. */
      readonly rule: string
      readonly message: string
      /** What happened last, readable. */
      readonly timeline: readonly string[]
    }
  | { readonly type: 'survived'; readonly stories: number; readonly seeds: number; readonly untold: readonly string[] }
  /** Neither: what was planted is no bug but nonsense. */
  | { readonly type: 'broken'; readonly message: string }

/** Tries the sources beside this file: first the directed worlds, then worlds drawn from seeds, up to the first broken rule. */
export function runTrial({ stories, seeds, from }: TrialOrder): Outcome {
  const untold: string[] = []
  for (const story of stories ? allStories : []) {
    const told = tellStory(story, shippedParts)
    if (told.violation !== null) return judge(told.violation, { story: story.name }, told.timeline)
    if (told.untold !== null) untold.push(`${story.name}: ${told.untold}`)
  }
  for (let seed = from; seed < from + seeds; seed++) {
    const { violation, timeline } = runSeed({ seed, parts: shippedParts })
    if (violation !== null) return judge(violation, { seed, tried: seed - from + 1 }, timeline)
  }
  return { type: 'survived', stories: stories ? allStories.length : 0, seeds, untold }
}

/**
 * A broken rule, or an invariant of the code itself. What else is thrown is a fault of the patch, or of the simulator: nothing that the
 * shipped code would be convicted by.
 */
export function judge(error: Error, by: Extract<Outcome, { type: 'convicted' }>['by'], timeline: readonly string[]): Outcome {
  const { message } = error
  if (error instanceof Violation) return { type: 'convicted', by, rule: error.rule, message, timeline }
  if (error.constructor === Error && message.startsWith('invariant: '))
    return { type: 'convicted', by, rule: 'an invariant of the code', message, timeline }
  return { type: 'broken', message: error.stack ?? message }
}
