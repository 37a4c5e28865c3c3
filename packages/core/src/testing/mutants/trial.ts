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

/** The story or the world that convicted first, and how many were tried up to it, itself included. */
export type Convictor = { readonly story: string; readonly tried: number } | { readonly seed: number; readonly tried: number }

export type Outcome =
  | {
      readonly type: 'convicted'
      readonly by: Convictor
      /** The rule that broke. */
      readonly rule: string
      readonly message: string
      /** What happened last, readable. */
      readonly timeline: readonly string[]
    }
  | { readonly type: 'survived'; readonly stories: number; readonly seeds: number; readonly untold: readonly string[] }
  /** Neither: what was planted is no bug but nonsense. */
  | { readonly type: 'broken'; readonly message: string }

/**
 * Tries the sources beside this file: first the directed worlds, then worlds drawn from seeds, up to the first broken rule. `onWorld`
 * is told after each that broke none.
 */
export function runTrial({ stories, seeds, from }: TrialOrder, onWorld?: (seedsDone: number) => void): Outcome {
  const untold: string[] = []
  for (const [index, story] of (stories ? allStories : []).entries()) {
    const told = tellStory(story, shippedParts)
    if (told.violation !== null) return judge(told.violation, { story: story.name, tried: index + 1 }, told.timeline)
    if (told.untold !== null) untold.push(`${story.name}: ${told.untold}`)
    onWorld?.(0)
  }
  for (let seed = from; seed < from + seeds; seed++) {
    const { violation, timeline } = runSeed({ seed, parts: shippedParts })
    const tried = seed - from + 1
    if (violation !== null) return judge(violation, { seed, tried }, timeline)
    onWorld?.(tried)
  }
  return { type: 'survived', stories: stories ? allStories.length : 0, seeds, untold }
}

/**
 * A broken rule, or an invariant of the code itself. What else is thrown is a fault of the patch, or of the simulator: nothing that the
 * shipped code would be convicted by.
 */
export function judge(error: Error, by: Convictor, timeline: readonly string[]): Outcome {
  const { message } = error
  if (error instanceof Violation) return { type: 'convicted', by, rule: error.rule, message, timeline }
  if (error.constructor === Error && message.startsWith('invariant: '))
    return { type: 'convicted', by, rule: 'an invariant of the code', message, timeline }
  return { type: 'broken', message: error.stack ?? message }
}
