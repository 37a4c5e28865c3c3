import { describe, expect, it } from 'vitest'
import { specOf } from '../testing/hand-driven/cluster.ts'
import { FIT } from '../testing/hand-driven/node.ts'
import type { Decision } from '../placement/place.ts'
import { bootstrapStored } from './apply.ts'
import { Brain } from './brain.ts'
import { engineOf } from './engine.ts'
import type { Effect, Input } from './types.ts'

type News = Input extends infer T ? (T extends unknown ? Omit<T, 'now'> : never) : never

/** One node that is the whole cluster, with a disk and a runner that answer at once. */
function alone() {
  const incarnation = { dataId: 'data-a', generation: 1 }
  let now = 1000
  const brain = new Brain({ self: 'a', incarnation, stored: bootstrapStored(specOf('a')), now, random: () => 0.5 })
  const engine = engineOf(brain)
  const answerTo = (effect: Effect): News | null => {
    if (effect.type === 'persist') return { type: 'persisted', id: effect.write.id }
    if (effect.type === 'lease') return { type: 'holding', group: effect.group, epoch: effect.epoch, state: 'active' }
    return effect.type === 'drop' ? { type: 'released', group: effect.group, epoch: effect.epoch } : null
  }
  const answered = new Set<string>()
  const tell = (news: News): void => {
    for (const effect of engine.step({ ...news, now } as Input)) {
      const answer = answerTo(effect)
      // A lease that is prolonged is no news for a runner that has said already that it serves.
      if (answer === null || (answer.type === 'holding' && answered.has(String(answer.epoch)))) continue
      if (answer.type === 'holding') answered.add(String(answer.epoch))
      tell(answer)
    }
  }
  tell({ type: 'swept' })
  tell({ type: 'fitness', group: 'g', fitness: FIT })
  const run = (ms: number): void => {
    for (const end = now + ms; now < end;) {
      now += 1
      if (now >= brain.wakeAt) tell({ type: 'wake' })
    }
  }
  run(5000)
  const decision = (): Decision | undefined => brain.coordination.decisions.get('g')
  return { brain, tell, run, decision }
}

describe('a coordinator with nothing to do', () => {
  it('does not place its groups again with every beat, but once in a lease', () => {
    const { brain, run, decision } = alone()
    expect(decision()).toMatchObject({ action: 'stay', why: 'a holds it' })
    const seen = new Set<Decision | undefined>()
    const beats = new Set<unknown>()
    for (let ms = 0; ms < 5000; ms += 1) {
      run(1)
      seen.add(decision())
      beats.add(brain.lastBeat)
    }
    expect(beats.size).toBeGreaterThan(40)
    expect(seen.size).toBeGreaterThanOrEqual(5)
    expect(seen.size).toBeLessThanOrEqual(7)
  })

  it('looks at them at once when there is news, also about itself', () => {
    const { tell, run, decision } = alone()
    tell({ type: 'fitness', group: 'g', fitness: { level: 'unfit', reasons: ['a test'] } })
    run(101)
    expect(decision()?.blocked).toEqual({ a: 'a test' })
    tell({ type: 'fitness', group: 'g', fitness: FIT })
    run(500)
    expect(decision()?.blocked).toEqual({})
    tell({ type: 'lateness', latenessMs: 900 })
    run(201)
    expect(decision()?.blocked).toEqual({ a: 'its event loop was 900 ms late' })
  })
})
