import { describe, expect, it } from 'vitest'
import { LivesCheck } from './lives.ts'

describe('the check of lives', () => {
  it('accepts what a running life does, and what the next one does', () => {
    const check = new LivesCheck()
    check.began('a', 1)
    check.does('a', 1, 'send')
    check.ended('a')
    check.began('a', 2)
    expect(() => check.does('a', 2, 'call')).not.toThrow()
  })

  it('convicts an engine that wants something done after its own end', () => {
    const check = new LivesCheck()
    expect(() => check.stepped('a', [{ type: 'wake', at: 9 }, { type: 'stopped' }])).not.toThrow()
    expect(() => check.stepped('a', [{ type: 'stopped' }, { type: 'wake', at: 9 }])).toThrow(/no effect after close/)
  })

  it('convicts an effect of a life that has ended', () => {
    const check = new LivesCheck()
    check.began('a', 1)
    check.ended('a')
    expect(() => check.does('a', 1, 'send')).toThrow(/no effect after close.*no life of it runs/)
  })

  it('convicts an effect of an earlier life while the next one runs', () => {
    const check = new LivesCheck()
    check.began('a', 1)
    check.ended('a')
    check.began('a', 2)
    expect(() => check.does('a', 1, 'call')).toThrow(/no effect after close.*its life 2 runs/)
  })
})
