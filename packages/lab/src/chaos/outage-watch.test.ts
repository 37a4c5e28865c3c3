import { describe, expect, it } from 'vitest'
import type { Answer } from '../analysis/record.ts'
import { OutageWatch } from './outage-watch.ts'

const PITCH = 5

/** A client that asks every 5 ms and is answered after 0.5 ms by whoever `by` names; null: nobody. */
function record(from: number, to: number, by: (at: number) => string | null) {
  const sends = Array.from({ length: (to - from) / PITCH }, (_, i) => from + i * PITCH)
  const answers = sends.flatMap((at): Answer[] => {
    const node = by(at)
    return node === null ? [] : [{ seq: at / PITCH, receivedAt: at + 0.5, answeredAt: at + 0.3, by: node }]
  })
  return { sends, answers }
}
const watch = () => new OutageWatch({ floorMs: 50, pitchMs: PITCH })

describe('the watch for outages', () => {
  it('finds every outage over the floor, with who served before and after', () => {
    const by = (at: number): string | null =>
      at < 300 ? 'a' : at < 400 ? null : at < 600 ? 'b' : at < 640 ? null : at < 800 ? 'b' : at < 1000 ? null : 'a'
    expect(watch().feed(record(0, 2000, by))).toEqual([
      { from: 300, to: 400.5, lengthMs: 100.5, before: 'a', after: 'b' },
      { from: 800, to: 1000.5, lengthMs: 200.5, before: 'b', after: 'a' },
    ])
  })

  it('finds the same however the record is cut into pieces, also overlapping ones', () => {
    const by = (at: number): string | null => (at >= 300 && at < 1400 ? null : 'a')
    const whole = watch().feed(record(0, 2000, by))
    const pieces = watch()
    const found = Array.from({ length: 20 }, (_, i) => pieces.feed(record(Math.max(0, i * 100 - 50), (i + 1) * 100, by))).flat()
    expect(found).toEqual(whole)
    expect([pieces.asked, pieces.answered]).toEqual([400, 180])
  })

  it('knows the one that goes on', () => {
    const one = watch()
    expect(one.feed(record(0, 1000, (at) => (at < 400 ? 'a' : null)))).toEqual([])
    expect(one.running()).toEqual({ from: 400, to: 995, lengthMs: 595, before: 'a', after: null })
    one.feed(record(1000, 1010, () => 'b'))
    expect(one.running()).toBeNull()
  })

  it('does not count the time in which the client itself slept', () => {
    const { sends, answers } = record(0, 1000, () => 'a')
    const awake = (at: number): boolean => at < 300 || at >= 500
    const one = watch()
    expect(one.feed({ sends: sends.filter(awake), answers: answers.filter(({ receivedAt }) => awake(receivedAt)) })).toEqual([])
    expect(one.asleepMs).toBe(205)
  })

  it('does count the silence of a server while the client asks', () => {
    const one = watch()
    expect(one.feed(record(0, 1000, (at) => (at < 300 || at >= 355 ? 'a' : null))).map(({ lengthMs }) => lengthMs)).toEqual([55.5])
    expect(one.asleepMs).toBe(0)
  })
})
