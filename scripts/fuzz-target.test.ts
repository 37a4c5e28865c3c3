import { describe, expect, it } from 'vitest'
import { demandTargets, fuzzFiles, fuzzTargets } from './fuzz-target.ts'

describe('FUZZ_TARGET', () => {
  it('may name every target that there is', () => {
    const files = fuzzFiles()
    const targets = fuzzTargets(files)
    expect(targets).toContain('frame')
    expect(targets).toContain('node-yaml')
    for (const { source, targets: own, path } of files) expect(own, path).toHaveLength(source.split('await assertHolds(').length - 1)
    for (const name of targets) expect(() => demandTargets(name, targets)).not.toThrow()
    expect(() => demandTargets(targets.join(','), targets)).not.toThrow()
  })

  it('may be absent', () => {
    expect(() => demandTargets(undefined, ['frame'])).not.toThrow()
  })

  it.each(['typo', '', 'frame,typo'])('is refused where it names something else: "%s"', (name) => {
    const stranger = name.split(',').at(-1) ?? ''
    expect(() => demandTargets(name, ['frame', 'vip'])).toThrow(`FUZZ_TARGET names "${stranger}": give some of frame, vip`)
  })
})
