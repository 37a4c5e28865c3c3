import { describe, expect, it } from 'vitest'
import type { Grant, Observation } from '../../backend.ts'
import type { CallResult } from '../../runner/types.ts'
import { FINE } from './call-pipe.ts'
import type { BackendWeather } from './call-pipe.ts'
import { SimClock } from './clock.ts'
import { CloudEndpoint, SimCloud } from './cloud.ts'
import { EventQueue } from './queue.ts'
import { SeededRandom } from './random.ts'

/** Longer than any call takes that does not hang. */
const LONG_MS = 1000
/** Longer than any call hangs. */
const FOREVER_MS = 10_000

/** Nodes a and b, both able to move one table. */
function world() {
  const queue = new EventQueue()
  const random = new SeededRandom(1)
  const clock = new SimClock(1, 0)
  const cloud = new SimCloud()
  const weather: BackendWeather = { ...FINE }
  const strays: string[] = []
  const endpoint = (node: string): CloudEndpoint =>
    new CloudEndpoint({ cloud, table: 'g/c0', node, queue, random: random.fork(), clock, weather, onStray: () => strays.push(node) })
  const [a, b] = [endpoint('a'), endpoint('b')]
  const run = (ms: number): void => queue.runUntil(queue.now + ms)
  const grant = (leaseMs = FOREVER_MS): Grant => ({ epoch: 1, holder: 'x', until: queue.now + leaseMs })
  const claim = (
    by: CloudEndpoint,
    { life = 1, leaseMs = FOREVER_MS } = {},
    settle: (result: CallResult) => void = () => {},
  ): (() => void) => by.call('claim', grant(leaseMs), 1, life, settle)
  const call = (by: CloudEndpoint, operation: 'release' | 'observe'): Observation['state'] | undefined => {
    let state: Observation['state'] | undefined
    by.call(operation, null, 1, 1, (result) => (state = result.ok ? result.observation?.state : undefined))
    run(LONG_MS)
    return state
  }
  return { a, b, weather, strays, run, claim, call }
}

describe('a simulated table of a cloud', () => {
  it('points to whoever claimed it last, and to nobody else', () => {
    const { a, b, run, claim, call } = world()
    claim(a)
    run(LONG_MS)
    expect([a.up, b.up, call(a, 'observe'), call(b, 'observe')]).toEqual([true, false, 'here', 'elsewhere'])
    claim(b)
    run(LONG_MS)
    expect([a.up, b.up]).toEqual([false, true])
    call(a, 'release')
    expect(b.up).toBe(true)
    call(b, 'release')
    expect([b.up, call(b, 'observe')]).toEqual([false, 'nowhere'])
  })

  it('goes on pointing to a machine whose daemon is dead, and to one that is off, until another claims it', () => {
    const { a, b, run, claim } = world()
    claim(a)
    run(LONG_MS)
    a.crash()
    a.powerOff()
    run(FOREVER_MS)
    expect(a.up).toBe(true)
    claim(b)
    run(LONG_MS)
    expect([a.up, b.up]).toEqual([false, true])
  })

  it('takes no claim that leaves after the end of its lease', () => {
    const { a, run, claim } = world()
    const results: CallResult[] = []
    claim(a, { leaseMs: 0 }, (result) => results.push(result))
    run(LONG_MS)
    expect([a.receives, results]).toMatchObject([false, [{ ok: false, code: 'LAPSED' }]])
  })

  it('is moved by an aborted call late or never, it may be after the next one, but not after it was looked at', () => {
    const seen = new Set<string>()
    for (let tries = 0; tries < 40; tries++) {
      const { a, run, claim, call, weather } = world()
      for (let earlier = 0; earlier < tries; earlier++) call(a, 'observe')
      let isLate = false
      a.onUp = (_epoch, _until, isAborted) => (isLate = isAborted)
      weather.hangRate = 1
      const abort = claim(a)
      weather.hangRate = 0
      abort()
      call(a, 'release')
      const state = call(a, 'observe')
      seen.add(`${isLate ? 'late' : 'lost'}, ${state}`)
      run(FOREVER_MS)
      expect(a.receives).toBe(state === 'here')
    }
    expect([...seen].toSorted()).toEqual(['late, here', 'late, nowhere', 'lost, nowhere'])
  })

  it('is moved by what was under way when a daemon died, after another node has claimed it', () => {
    const { a, b, weather, strays, run, claim, call } = world()
    weather.hangRate = 1
    claim(a)
    a.crash()
    weather.hangRate = 0
    claim(b)
    run(500)
    expect(b.up).toBe(true)
    run(FOREVER_MS)
    expect(strays).toEqual(['a'])
    // Traffic goes there; nothing that runs there has to answer for it.
    expect([a.receives, a.up, b.receives, call(b, 'observe')]).toEqual([true, false, false, 'elsewhere'])
    a.sweep(2)
    expect(a.receives).toBe(false)
  })
})
