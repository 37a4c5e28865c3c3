import { describe, expect, it } from 'vitest'
import { createHandClock } from '../checks/clock-for-tests.ts'
import { leadAll } from './followers.ts'

interface Trial {
  /** `followed`, or why not; null: neither so far. */
  readonly ended: () => string | null
  readonly led: readonly string[]
  readonly said: readonly string[]
  /** From now on this one follows. */
  let: (name: string) => void
  readonly pass: (ms: number) => Promise<void>
  readonly end: AbortController
}

function begin(names: readonly string[], refused: readonly string[], untilMs = 10_000): Trial {
  const clock = createHandClock()
  const end = new AbortController()
  const refusing = new Set(refused)
  const led: string[] = []
  const said: string[] = []
  let ended: string | null = null
  const say = (event: string, { name }: { name?: unknown } = {}): void => void said.push(`${event} ${String(name)}`)
  const lead = (name: string): Promise<void> => {
    led.push(name)
    return refusing.has(name) ? Promise.reject(new Error(`${name} is throttled`)) : Promise.resolve()
  }
  leadAll(names, {
    clock,
    lead,
    logger: { debug: say, info: say, warn: say, error: say },
    budget: { epoch: 1, until: clock.now() + untilMs, signal: end.signal },
  }).then(
    () => (ended = 'followed'),
    (error: unknown) => (ended = String(error)),
  )
  return { ended: () => ended, led, said, let: (name) => void refusing.delete(name), pass: (ms) => clock.pass(ms), end }
}

describe('several tables', () => {
  it('are led all at once, and that is done when each has followed', async () => {
    const trial = begin(['a', 'b', 'c'], [])
    await trial.pass(0)
    expect([trial.ended(), trial.led, trial.said]).toEqual(['followed', ['a', 'b', 'c'], []])
  })

  it('of which some do not follow hold nobody up: they are led on, and it is told when they have followed', async () => {
    const trial = begin(['a', 'b'], ['b'])
    await trial.pass(0)
    expect(trial.ended()).toBeNull()
    await trial.pass(200)
    expect(trial.ended()).toBe('followed')
    await trial.pass(5000)
    expect(trial.led.length).toBeGreaterThan(15)
    trial.let('b')
    await trial.pass(250)
    expect(trial.said).toEqual(['lead-behind b', 'lead-followed b'])
    const { length } = trial.led
    await trial.pass(60_000)
    expect(trial.led).toHaveLength(length)
  })

  it('of which none follows are a failure that says why of each, and are led on all the same', async () => {
    const trial = begin(['a', 'b'], ['a', 'b'])
    await trial.pass(0)
    expect(trial.ended()).toBe('BackendError: a is throttled; b is throttled')
    trial.let('a')
    await trial.pass(250)
    expect(trial.said).toContain('lead-followed a')
  })

  it('are led no more when the lease is over, or the group is let go', async () => {
    const over = begin(['a'], ['a'], 600)
    await over.pass(60_000)
    expect(over.led).toHaveLength(3)
    const letGo = begin(['a'], ['a'])
    await letGo.pass(0)
    letGo.end.abort()
    await letGo.pass(60_000)
    expect(letGo.led).toHaveLength(1)
  })
})
