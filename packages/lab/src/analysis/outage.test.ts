import { describe, expect, it } from 'vitest'
import { countMoves, longestOutage } from './outage.ts'
import type { Answer, ClientRecord } from './record.ts'

const PITCH = 2

/** A client that asks every 2 ms from 0 to `end` and is answered after 0.5 ms by whoever `by` names; null: nobody. */
function record(end: number, by: (at: number) => string | null): ClientRecord {
  const sends = Array.from({ length: end / PITCH }, (_, i) => i * PITCH)
  const answers = sends.flatMap((at, seq): Answer[] => {
    const node = by(at)
    return node === null ? [] : [{ seq, receivedAt: at + 0.5, answeredAt: at + 0.3, by: node }]
  })
  return { sends, answers }
}

describe('the longest outage', () => {
  it('is only the way of one answer while all goes well', () => {
    expect(
      longestOutage(
        record(1000, () => 'a'),
        { from: 100, to: 900 },
      ).lengthMs,
    ).toBeCloseTo(0.5)
  })

  it('lasts from the first question in vain to the next answer', () => {
    const outage = longestOutage(
      record(1000, (at) => (at >= 300 && at < 420 ? null : 'a')),
      { from: 100, to: 900 },
    )
    expect(outage.from).toBe(300)
    expect(outage.lengthMs).toBeCloseTo(120.5)
  })

  it('takes the longest of several', () => {
    const gaps = (at: number): string | null => ((at >= 200 && at < 250) || (at >= 500 && at < 530) ? null : 'a')
    expect(longestOutage(record(1000, gaps), { from: 0, to: 900 }).from).toBe(200)
  })

  it('goes on to the end of the window when no answer comes any more', () => {
    expect(
      longestOutage(
        record(1000, (at) => (at < 400 ? 'a' : null)),
        { from: 0, to: 990 },
      ).lengthMs,
    ).toBeCloseTo(590)
  })

  it('is the whole window when there never was an answer', () => {
    expect(
      longestOutage(
        record(1000, () => null),
        { from: 100, to: 900 },
      ).lengthMs,
    ).toBeGreaterThan(795)
  })

  it('does not count a pause of the client itself', () => {
    const { sends, answers } = record(1000, () => 'a')
    const asleep = (at: number): boolean => at > 301 && at < 500
    const paused = { sends: sends.filter((at) => !asleep(at)), answers: answers.filter((a) => !asleep(a.receivedAt)) }
    expect(longestOutage(paused, { from: 0, to: 900 }).lengthMs).toBeCloseTo(0.5)
  })

  it('counts an answer that came late when it came, not when it was asked for', () => {
    const { sends, answers } = record(1000, (at) => (at >= 300 && at < 400 ? null : 'a'))
    const late: Answer = { seq: 150, receivedAt: 400.4, answeredAt: 400.2, by: 'a' }
    const queued = { sends, answers: [...answers, late].toSorted((x, y) => x.receivedAt - y.receivedAt) }
    expect(longestOutage(queued, { from: 0, to: 900 }).lengthMs).toBeCloseTo(100.4)
  })

  it('leaves out what ended before the window', () => {
    expect(
      longestOutage(
        record(1000, (at) => (at >= 300 && at < 420 ? null : 'a')),
        { from: 500, to: 900 },
      ).lengthMs,
    ).toBeLessThan(3)
  })
})

describe('moves', () => {
  it('are changes of who answers', () => {
    const there = (at: number): string => (at < 200 ? 'a' : at < 600 ? 'b' : 'a')
    expect(countMoves(record(1000, there), { from: 0, to: 1000 })).toBe(2)
  })

  it('are counted in the order in which answers were given, not received', () => {
    const answers: Answer[] = [
      { seq: 1, receivedAt: 1, answeredAt: 0.5, by: 'a' },
      { seq: 3, receivedAt: 5, answeredAt: 4.5, by: 'b' },
      { seq: 2, receivedAt: 6, answeredAt: 2.5, by: 'a' },
      { seq: 4, receivedAt: 7, answeredAt: 6.5, by: 'b' },
    ]
    expect(countMoves({ sends: [], answers }, { from: 0, to: 10 })).toBe(1)
  })
})
