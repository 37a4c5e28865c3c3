import { describe, expect, it } from 'vitest'
import { tellOfTargets } from './fuzz-summary.ts'

const good = { target: 'vip', cases: 500, tookMs: 12.4, failure: null }
const said = ['Error: cannot find a module', '  at x.ts']

describe('what came of fuzzing', () => {
  it('is told in one line for each target, in the order in which they were asked for', () => {
    const frame = { target: 'frame', cases: 7, tookMs: 1000, failure: null }
    expect(tellOfTargets(['vip', 'frame'], [frame, good], [])).toEqual({
      lines: ['ok      vip    500 cases  12 ms', 'ok      frame  7 cases  1000 ms'],
      ok: true,
    })
  })

  it('begins with why a target failed, without what vitest says of it', () => {
    const bad = { ...good, target: 'frame', failure: 'frame: a seven\nagain: npm run fuzz' }
    expect(tellOfTargets(['vip', 'frame'], [good, bad], said)).toEqual({
      lines: ['frame: a seven\nagain: npm run fuzz', '', 'ok      vip    500 cases  12 ms', 'FAILED  frame  500 cases  12 ms'],
      ok: false,
    })
  })

  it('is a failure where a target left no record, with what vitest says', () => {
    expect(tellOfTargets(['vip', 'frame'], [good], said)).toEqual({
      lines: [...said, 'ok      vip    500 cases  12 ms', 'FAILED  frame  did not come to its end'],
      ok: false,
    })
  })
})
