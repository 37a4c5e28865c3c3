import { describe, expect, it } from 'vitest'
import type { Entry } from '../events/timeline.ts'
import { enduranceOf } from '../forecast/endurance.ts'
import { clusterAnswer, movesAnswer, statusAnswer } from '../testing/answers.ts'
import { statusResult } from './status.ts'
import { cut, fitted, topView } from './top.ts'
import type { TopResult } from './top.ts'

const now = Date.parse('2026-01-01T00:00:10.000Z')

function result(groups = 1, events = 3): TopResult {
  const [web] = statusAnswer().engine.groups
  if (web === undefined) throw new Error('there is no group')
  const many = Array.from({ length: groups }, (_, index) => ({ ...web, id: index === 0 ? 'web' : `web-${index}` }))
  const answer = { ...statusAnswer({ groups: many }), at: '2026-01-01T00:00:09.988Z' }
  const latest = Array.from({ length: events }, (_, second): Entry => {
    const at = `2026-01-01T00:00:0${second}.000Z`
    return { kind: 'event', at, node: 'b', event: { type: 'quorum', state: `number ${second}` } }
  })
  const endurance = enduranceOf({ status: answer.engine, spec: clusterAnswer().cluster })
  return { ...statusResult(answer, movesAnswer().moves, endurance, now), latest }
}

describe('the live picture', () => {
  it('is the status, and under it what happened last', () => {
    const lines = topView(result(), now)
    expect(lines[0]).toContain('cluster shop as b saw it 12 ms ago')
    expect(lines.slice(-4)).toEqual([
      'LATEST (UTC)',
      ...[0, 1, 2].map((second) => `00:00:0${second}  b        quorum: state number ${second}`),
    ])
  })

  it('shows groups that need a look before the others', () => {
    const picture = result(3)
    const groups = picture.engine.groups.map((group) => (group.id === 'web-2' ? { ...group, holder: null, state: null } : group))
    const lines = topView({ ...picture, engine: { ...picture.engine, groups } }, now)
    expect(lines.findIndex((line) => line.startsWith('web-2 '))).toBeLessThan(lines.findIndex((line) => line.startsWith('web ')))
  })

  it('fills a terminal and no more, the newest events first', () => {
    for (const rows of [5, 12, 20, 60]) {
      const lines = fitted(result(40, 9), now, { columns: 60, rows }, 'q ends')
      expect(lines.length).toBeLessThanOrEqual(rows)
      expect(lines.every((line) => line.length <= 60)).toBe(true)
      expect(lines.at(-1)).toBe('q ends')
    }
    const lines = fitted(result(40, 9), now, { columns: 200, rows: 30 }, 'q ends')
    expect(lines.findIndex((line) => line.includes('number 8'))).toBe(lines.indexOf('LATEST (UTC)') + 1)
    expect(lines.some((line) => /^\d+ more: movip status$/.test(line))).toBe(true)
  })
})

describe('a line that is too long', () => {
  it('is cut without taking a colour apart, and without counting it', () => {
    expect(cut('abcdef', 6)).toBe('abcdef')
    expect(cut('abcdef', 4)).toBe('abc…')
    expect(cut('\u001B[31mabcdef\u001B[39m', 6)).toBe('\u001B[31mabcdef\u001B[39m')
    expect(cut('\u001B[31mabcdef\u001B[39mg', 4)).toBe('\u001B[31mabc\u001B[39m…')
  })
})
