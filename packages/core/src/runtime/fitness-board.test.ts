import { describe, expect, it } from 'vitest'
import type { Fitness } from '../model/index.ts'
import { createFitnessBoard } from './fitness-board.ts'

const fit: Fitness = { level: 'fit', reasons: [] }

function assemble() {
  const told: [string, Fitness][] = []
  const board = createFitnessBoard('endpoints', (group, fitness) => void told.push([group, fitness]))
  return { told, endpoints: board.from('endpoints'), checks: board.from('checks') }
}

describe('the board of fitness', () => {
  it('tells the worst level of a group with the reasons of all parts', () => {
    const { told, endpoints, checks } = assemble()
    endpoints('web', { level: 'keep', reasons: ['not set up yet'] })
    checks('web', { level: 'unfit', reasons: ['status 503'] })
    endpoints('web', fit)
    checks('web', fit)
    expect(told.map(([, fitness]) => fitness)).toEqual([
      { level: 'keep', reasons: ['not set up yet'] },
      { level: 'unfit', reasons: ['not set up yet', 'status 503'] },
      { level: 'unfit', reasons: ['status 503'] },
      fit,
    ])
  })

  it('keeps groups apart, and tells nothing twice', () => {
    const { told, endpoints, checks } = assemble()
    endpoints('web', fit)
    endpoints('db', fit)
    checks('db', fit)
    checks('web', { level: 'unfit', reasons: ['status 503'] })
    checks('web', { level: 'unfit', reasons: ['status 503'] })
    expect(told).toEqual([
      ['web', fit],
      ['db', fit],
      ['web', { level: 'unfit', reasons: ['status 503'] }],
    ])
  })

  it('tells so many reasons that a beat can carry them', () => {
    const { told, endpoints } = assemble()
    endpoints('web', { level: 'unfit', reasons: Array.from({ length: 300 }, (_, index) => `reason ${index}`) })
    expect(told[0]?.[1].reasons).toHaveLength(65)
    expect(told[0]?.[1].reasons.at(-1)).toBe('and 236 more')
  })

  it('calls nobody fit before the endpoints were heard of, but says at once what makes it unfit', () => {
    const { told, endpoints, checks } = assemble()
    checks('web', fit)
    expect(told).toEqual([])
    checks('web', { level: 'unfit', reasons: ['status 503'] })
    expect(told).toHaveLength(1)
    checks('web', fit)
    expect(told).toHaveLength(1)
    endpoints('web', fit)
    expect(told.at(-1)).toEqual(['web', fit])
  })
})
