import { describe, expect, it } from 'vitest'
import { Timeline } from './timeline.ts'

function happened(timeline: Timeline, doings: number): Timeline {
  timeline.add(1, '', 'FAULT', '7: freeze')
  timeline.add(1, 'a', 'FREEZE', '300 ms')
  timeline.add(2, 'a', 'UP', 'g0/e0')
  for (let at = 10; at < 10 + doings; at++) timeline.add(at, 'b', 'does', `thing ${at}`)
  return timeline
}

describe('a timeline', () => {
  it('of which the end is asked for begins with what was done to the nodes, however long ago', () => {
    for (const doings of [100, 10_000]) {
      expect(happened(new Timeline(), doings).lines(2)).toEqual([
        '      1.000       FAULT       7: freeze',
        '      1.000  a    FREEZE      300 ms',
        '        ...  of the rest the last 2 lines:',
        `${(doings + 8).toFixed(3).padStart(11)}  b    does        thing ${doings + 8}`,
        `${(doings + 9).toFixed(3).padStart(11)}  b    does        thing ${doings + 9}`,
      ])
    }
  })

  it('tells nothing twice where its end holds what was done to the nodes', () => {
    expect(happened(new Timeline(), 1).lines(3)).toEqual([
      '      1.000       FAULT       7: freeze',
      '        ...  of the rest the last 3 lines:',
      '      1.000  a    FREEZE      300 ms',
      '      2.000  a    UP          g0/e0',
      '     10.000  b    does        thing 10',
    ])
  })

  it('is whole, in the order of time, where all of it was kept', () => {
    const lines = happened(new Timeline(true), 10_000).lines()
    expect(lines).toHaveLength(10_003)
    expect(lines[2]).toMatch(/UP/)
    expect(happened(new Timeline(), 3).lines(60)).toHaveLength(6)
  })
})
