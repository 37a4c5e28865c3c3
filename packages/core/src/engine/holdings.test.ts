import { expect, it } from 'vitest'
import { Leases } from '../lease/leases.ts'
import { Holdings } from './holdings.ts'

it('a node that has not cleaned up yet is unfit, and says what keeps it from cleaning up as soon as that is known', () => {
  const holdings = new Holdings('a', 0, new Leases('a', { dataId: 'd', generation: 1 }))
  expect(holdings.fitnessOf('g')).toEqual({ level: 'unfit', reasons: ['still cleaning up after its last life'] })
  holdings.setFitness('g', { level: 'fit', reasons: [] })
  expect(holdings.fitnessOf('g').level).toBe('unfit')
  holdings.setFitness('g', { level: 'unfit', reasons: ['no CAP_NET_ADMIN'] })
  expect(holdings.fitnessOf('g')).toEqual({ level: 'unfit', reasons: ['no CAP_NET_ADMIN'] })
})
