import { describe, expect, it } from 'vitest'
import { shippedParts } from '../shipped-parts.ts'
import { allStories } from './all-stories.ts'
import { tellStory } from './story.ts'

describe('in the directed worlds of the shipped engine and runner', () => {
  it.each(allStories.map((story) => [story.name, story] as const))('%s', (_name, story) => {
    const { violation, untold, timeline } = tellStory(story, shippedParts)
    expect(violation?.message ?? untold, timeline.join('\n')).toBeNull()
  })
})
