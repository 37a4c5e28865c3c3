import { describe, expect, it } from 'vitest'
import type { Effect, Engine, EngineOptions, EngineStatus, Input } from '../../engine/types.ts'
import { createRunner } from '../../runner/runner.ts'
import type { Parts } from './machine.ts'
import { runSeed } from './run-seed.ts'

/** An engine of a few lines: just enough to break one rule each. */
function scripted(step: (input: Input, options: EngineOptions) => readonly Effect[]): Parts {
  return {
    engine: (options): Engine => ({
      step: (input) => step(input, options),
      status: (): EngineStatus => {
        throw new Error('nobody asks')
      },
      state: () => {
        throw new Error('nobody asks')
      },
      handOver: () => {
        throw new Error('nobody asks')
      },
    }),
    runner: ({ self }) => createRunner({ self }),
  }
}

const ruleOf = (parts: Parts): string => runSeed({ seed: 1, shape: 'three', faults: false, parts }).violation?.message ?? 'none'

describe('a simulated world', () => {
  it('convicts an engine that serves nobody', () => {
    expect(ruleOf(scripted(() => []))).toMatch(/^soon one/)
  })

  it('convicts an engine that takes a lease of nothing committed', () => {
    expect(
      ruleOf(
        scripted((input) => [
          { type: 'event', event: { type: 'lease-started', group: 'g0', epoch: 1 } },
          { type: 'lease', group: 'g0', epoch: 1, until: input.now + 1000 },
        ]),
      ),
    ).toMatch(/^lease by a committed assignment/)
  })

  it('convicts a vote that leaves before it is on disk', () => {
    const parts = scripted((_input, { self, incarnation }) => [
      { type: 'persist', write: { id: 1, hard: { term: 0, votedFor: 'b' } } },
      { type: 'send', to: 'b', message: { type: 'vote-answer', from: self, incarnation, to: 'b', term: 0, granted: true, pre: false } },
    ])
    expect(ruleOf(parts)).toMatch(/^persist before send/)
  })

  it('convicts an engine that takes a lease without a word, and one that goes on after its end', () => {
    expect(ruleOf(scripted((input) => [{ type: 'lease', group: 'g0', epoch: 1, until: input.now + 1000 }]))).toMatch(/^every lease is told/)
    expect(ruleOf(scripted((input) => [{ type: 'stopped' }, { type: 'wake', at: input.now + 10 }]))).toMatch(/^no effect after close/)
  })

  it('reports an exception of the shipped code with the seed and the last events', () => {
    const result = runSeed({
      seed: 9,
      shape: 'three',
      faults: false,
      parts: scripted(() => {
        throw new Error('a broken invariant')
      }),
    })
    expect(result.violation?.message).toBe('a broken invariant')
    expect(result.timeline.join('\n')).toMatch(/START\s+life 1/)
  })
})
