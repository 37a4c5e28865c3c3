import { describe, expect, it } from 'vitest'
import { demandTarget, fuzzSources, targetsIn } from './fuzz-target.ts'

describe('FUZZ_TARGET', () => {
  it('may name every target that there is', () => {
    const sources = fuzzSources()
    const targets = targetsIn(sources)
    expect(targets).toContain('frame')
    expect(targets).toContain('node-yaml')
    expect(targets).toHaveLength(sources.join('\n').split('await assertHolds(').length - 1)
    for (const name of targets) expect(() => demandTarget(name, targets)).not.toThrow()
  })

  it('may be absent', () => {
    expect(() => demandTarget(undefined, ['frame'])).not.toThrow()
  })

  it.each(['typo', ''])('is refused where it names none: "%s"', (name) => {
    expect(() => demandTarget(name, ['frame', 'vip'])).toThrow(`FUZZ_TARGET is "${name}": give one of frame, vip`)
  })
})
