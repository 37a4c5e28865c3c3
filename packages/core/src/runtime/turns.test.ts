import { describe, expect, it } from 'vitest'
import type { Effect, EngineStatus } from '../engine/types.ts'
import type { RunnerEffect } from '../runner/types.ts'
import { Turns } from './turns.ts'
import type { EngineNews, RunnerNews } from './turns.ts'

const wake = (at: number): Effect & RunnerEffect => ({ type: 'wake', at })
const drop = { type: 'drop', group: 'g', epoch: 1, cause: 'lease-ended' } as const satisfies RunnerNews & Effect

/** Engine and runner that answer as told, and what is done in what order. */
function assemble(answers: { engine?: (news: EngineNews) => Effect[]; runner?: (news: RunnerNews) => RunnerEffect[] }): {
  readonly turns: Turns
  readonly done: string[]
} {
  const done: string[] = []
  const turns: Turns = new Turns({
    engine: {
      step: (news) => (done.push(`engine takes ${news.type}`), answers.engine?.(news) ?? []),
      status: (): EngineStatus => {
        throw new Error('nobody asks')
      },
      state: () => {
        throw new Error('nobody asks')
      },
      handOver: () => {
        throw new Error('nobody asks')
      },
    },
    runner: {
      step: (news) => (done.push(`runner takes ${news.type}`), answers.runner?.(news) ?? []),
      status: () => [],
      statusOf: () => null,
      unrest: () => null,
    },
    now: () => 7,
    perform: (effect) => {
      done.push(effect.type === 'wake' ? `wake ${effect.at}` : effect.type)
      if (effect.type === 'drop') turns.tellRunner(effect)
    },
    performRunner: (effect) => {
      done.push(effect.type === 'wake' ? `runner's wake ${effect.at}` : effect.type)
      if (effect.type === 'released') turns.tell(effect)
    },
  })
  return { turns, done }
}

describe('the turns of engine and runner', () => {
  it('perform all effects of a step before the next one, and the runner takes up its news before the engine does', () => {
    const { turns, done } = assemble({
      engine: ({ type }) => (type === 'swept' ? [drop, wake(1)] : []),
      runner: () => [wake(2), { type: 'released', group: 'g', epoch: 1 }],
    })
    turns.tell({ type: 'swept' })
    turns.tell({ type: 'wake' })
    while (turns.advance());
    expect(done).toEqual([
      'engine takes swept',
      'drop',
      'wake 1',
      'runner takes drop',
      "runner's wake 2",
      'released',
      'engine takes wake',
      'engine takes released',
    ])
  })

  it('can be halted between any two effects of a step, and go on from there', () => {
    const { turns, done } = assemble({ engine: ({ type }) => (type === 'swept' ? [wake(1), wake(2)] : []) })
    turns.tell({ type: 'swept' })
    expect([turns.advance(), turns.isMidStep]).toEqual([true, true])
    expect([turns.advance(), turns.isMidStep]).toEqual([true, true])
    turns.tell({ type: 'wake' })
    expect([turns.advance(), turns.isMidStep]).toEqual([true, false])
    expect(done).toEqual(['engine takes swept', 'wake 1', 'wake 2'])
    while (turns.advance());
    expect(done.at(-1)).toBe('engine takes wake')
  })
})
