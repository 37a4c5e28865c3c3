import { describe, expect, it } from 'vitest'
import { scenarios } from '../scenarios.ts'
import type { Trial } from '../trial.ts'
import type { Series } from './figures.ts'
import { median, rowsOf, upperMedian } from './figures.ts'

const trial = (outageMs: number, rest: Partial<Trial> = {}): Trial => ({
  scenario: 'x',
  outageMs,
  controlMs: 4,
  dualHolderMs: { answers: 0, wire: 0 },
  moves: 1,
  stolenPercent: 0,
  from: 'n1',
  to: 'n2',
  ...rest,
})

function series(name: string, trials: readonly Trial[], failures: readonly string[] = []): Series {
  return { scenario: scenarios.find((scenario) => scenario.name === name)!, trials, stolen: 0, failures }
}

describe('rows', () => {
  it('judge a failover by its median and its worst run', () => {
    const rows = rowsOf(series('host-gone', [trial(1000), trial(1100), trial(1900)]), 3)
    expect(rows.map(({ name, value, bound, ok }) => [name, value, bound, ok])).toEqual([
      ['host-gone.outage.median', 1100, 1250, true],
      ['host-gone.outage.max', 1900, 1800, false],
      ['host-gone.dualHolder', 0, 0, true],
    ])
  })

  it('measure a planned move against the floor of the same run', () => {
    expect(rowsOf(series('switchover', [trial(20)]), 3).map(({ bound }) => bound)).toEqual([28, 103, 0])
  })

  it('measure a harmless fault against the longest stretch without it, and allow no move', () => {
    const rows = rowsOf(series('voter-lost', [trial(3, { moves: 0 }), trial(7, { controlMs: 2, moves: 1 })]), 3)
    expect(rows.map(({ name, bound, ok }) => [name, bound, ok])).toEqual([
      ['voter-lost.outage.median', 6, true],
      ['voter-lost.outage.max', 6, false],
      ['voter-lost.dualHolder', 0, true],
      ['voter-lost.moves', 0, false],
    ])
  })

  it('count two holders seen by either witness', () => {
    const rows = rowsOf(
      series('freeze', [trial(1, { dualHolderMs: { answers: 0, wire: 5 } }), trial(1, { dualHolderMs: { answers: 2, wire: 0 } })]),
      3,
    )
    expect(rows.find(({ name }) => name === 'freeze.dualHolder')).toMatchObject({ value: 7, ok: false })
  })

  it('fail when a run failed, even if the others were good', () => {
    expect(rowsOf(series('freeze', [trial(1)], ['no steady cluster']), 3).map(({ ok }) => ok)).toEqual([false, false, false])
  })

  it('fail when there was no run at all', () => {
    expect(rowsOf(series('freeze', [], ['no steady cluster']), 3).every(({ ok, value }) => !ok && value === null)).toBe(true)
  })
})

describe('the median', () => {
  it('is the middle, or the mean of the two middle ones', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5])
  })
})

describe('the upper median', () => {
  it('is a bound that more than half of the values keep', () => {
    expect([[7], [1, 9], [9, 1, 3], [1, 9, 2, 8], [9, 1, 2, 8, 3]].map(upperMedian)).toEqual([7, 9, 3, 8, 3])
  })
})
