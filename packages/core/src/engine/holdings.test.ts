import { expect, it } from 'vitest'
import { Leases } from '../lease/leases.ts'
import { specOf } from '../testing/hand-driven/cluster.ts'
import { bootstrapStored } from './apply.ts'
import { Holdings } from './holdings.ts'
import type { Effect } from './types.ts'

const incarnation = { dataId: 'd', generation: 1 }

it('a node that has not cleaned up yet is given nothing, and says what keeps it from cleaning up as soon as that is known', () => {
  const holdings = new Holdings('a', incarnation, 0, new Leases('a', incarnation))
  expect(holdings.fitnessOf('g')).toEqual({ level: 'keep', reasons: ['still cleaning up after its last life'] })
  holdings.setFitness('g', { level: 'fit', reasons: [] })
  expect(holdings.fitnessOf('g').level).toBe('keep')
  holdings.setFitness('g', { level: 'unfit', reasons: ['no CAP_NET_ADMIN'] })
  expect(holdings.fitnessOf('g')).toEqual({ level: 'unfit', reasons: ['no CAP_NET_ADMIN'] })
})

/** A node that holds one group, and whose own vote is all it takes. */
function soleHolder(): { readonly echoed: (at: number) => void; readonly settled: (at: number) => readonly Effect[] } {
  const state = {
    ...bootstrapStored(specOf('a')).snapshot.state,
    bindings: { a: incarnation },
    assignments: { g: { node: 'a', epoch: 1, cause: 'a test' } },
  }
  const leases = new Leases('a', incarnation)
  const holdings = new Holdings('a', incarnation, 0, leases)
  holdings.applied(state, 0)
  return {
    echoed(at) {
      leases.sent({ sentAt: at, madeAt: at, leaseMs: 1000, voters: ['a'], listed: new Map([['g', 1]]) })
      leases.heard('a', { node: 'a', incarnation, sentAt: at, denied: [] })
    },
    settled: (at) => holdings.settle(state, at),
  }
}

it('a lease that has ended is given up and never prolonged: its runner lets go at the end that it was told', () => {
  const { echoed, settled } = soleHolder()
  echoed(0)
  expect(settled(0)).toContainEqual({ type: 'lease', group: 'g', epoch: 1, until: 1000 })
  echoed(900)
  expect(settled(1000)).toEqual([
    { type: 'event', event: { type: 'dropped', group: 'g', epoch: 1, cause: 'lease-ended' } },
    { type: 'drop', group: 'g', epoch: 1, cause: 'lease-ended' },
  ])
})
