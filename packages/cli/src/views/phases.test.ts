import { expect, it } from 'vitest'
import { phasesText } from './phases.ts'

it('the phases of a move are told in the order in which they pass', () => {
  const phases = { detectMs: 1100, decideMs: 9, stopMs: 20, startMs: 400, claimMs: 3, verifyMs: 1 }
  expect(phasesText({ to: 'b', phases })).toBe('detect 1.1 s, stop 20 ms, decide 9 ms, start 400 ms, claim 3 ms, verify 1 ms')
})

it('a move that failed says why, and one of whose end nobody told says that', () => {
  const phases = { detectMs: 0, decideMs: 9 }
  expect(phasesText({ to: 'b', phases, failed: 'app: no such unit' })).toBe('detect 0 ms, decide 9 ms, failed: app: no such unit')
  expect(phasesText({ to: 'b', phases })).toBe('detect 0 ms, decide 9 ms, how it ended is not told')
  expect(phasesText({ to: 'b' })).toBe('how it ended is not told')
  expect(phasesText({ to: null, phases })).toBe('detect 0 ms, decide 9 ms')
})
