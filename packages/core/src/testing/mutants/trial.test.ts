import { describe, expect, it } from 'vitest'
import { Violation } from '../sim/checks/violation.ts'
import { judge } from './trial.ts'

const by = { seed: 7, tried: 1 }

describe('a planted bug', () => {
  it('is convicted by a broken rule', () => {
    expect(judge(new Violation('one holder', 'a and b'), by, ['last'])).toMatchObject({ type: 'convicted', rule: 'one holder', by })
  })

  it('is convicted by a broken invariant of the shipped code', () => {
    expect(judge(new Error('invariant: a log always has a configuration'), by, [])).toMatchObject({ type: 'convicted' })
  })

  it('is nonsense where JavaScript or the simulator itself fails', () => {
    expect(judge(new TypeError('x is undefined'), by, []).type).toBe('broken')
    expect(judge(new Error('the disk is in use'), by, []).type).toBe('broken')
  })
})
