import { describe, expect, it } from 'vitest'
import { runSeed } from '../run-seed.ts'
import { shippedParts } from '../shipped-parts.ts'

/** What a checker has to judge, and the line of a timeline that tells of it. */
const JUDGED: Readonly<Record<string, RegExp>> = {
  'a yes to an operator': /ANSWER\s+ok=true/,
  'a no to an operator': /ANSWER\s+ok=false/,
  'an answer to a release of everything': /ANSWER\s+released=/,
  'an end of a daemon by its own word': /DOWN\s+stopped/,
  'a change of hands': /event=\{assigned .*previous=[a-z]\b/,
  'a snapshot': /snapshot \d/,
  'a call that lands although it was given up': /UP .*LATE/,
  'a call that lands after its daemon died': /STRAY/,
  ...Object.fromEntries(
    ['lease-ended', 'never-leased', 'assigned-elsewhere', 'asked', 'stopping', 'operator'].map((cause) => [
      `a loss with the cause ${cause}`,
      new RegExp(`event=\\{dropped .*cause=${cause}`),
    ]),
  ),
}
const SEEDS = 100

describe('what the checkers judge', () => {
  it('comes about in the simulated worlds', () => {
    const missing = new Map(Object.entries(JUDGED))
    for (let seed = 1; seed <= SEEDS && missing.size > 0; seed++) {
      const { timeline } = runSeed({ seed, parts: shippedParts, verbose: true })
      for (const [kind, pattern] of missing) if (timeline.some((line) => pattern.test(line))) missing.delete(kind)
    }
    expect([...missing.keys()]).toEqual([])
  })
})
