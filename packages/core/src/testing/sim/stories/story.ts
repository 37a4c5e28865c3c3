import type { Parts } from '../machine.ts'
import { Stage, Untold } from './stage.ts'
import type { Setting } from './stage.ts'

/**
 * A directed world: what chance needs thousands of seeds for, told on purpose. Its end is the same for every right engine (no rule
 * breaks); each story is about one mistake, with which it would end badly.
 */
export interface Story {
  /** The mistake it is about, as a sentence about right engines. */
  readonly name: string
  readonly setting: Setting
  readonly tell: (stage: Stage) => void
}

export interface Told {
  readonly story: string
  /** The rule that broke, or an exception of the shipped code. */
  readonly violation: Error | null
  /** Why the story could not be told to its end; null: it was, or a rule broke. */
  readonly untold: string | null
  readonly timeline: readonly string[]
}

export function tellStory({ name, setting, tell }: Story, parts: Parts): Told {
  const stage = new Stage(setting, parts)
  try {
    tell(stage)
    return { story: name, violation: null, untold: null, timeline: [] }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const timeline = stage.timeline.lines(80)
    if (error instanceof Untold) return { story: name, violation: null, untold: error.message, timeline }
    return { story: name, violation: error, untold: null, timeline }
  }
}
