import { expect, it } from 'vitest'
import { specOf } from '../testing/hand-driven/cluster.ts'
import { ordersOf } from './looking-back.ts'

it('orders and configurations are told in the order in which they came, whoever gave them; what nobody asked for is no order', () => {
  const spec = specOf('abc')
  const note = (what: string) => ({ at: '2026-11-22T16:00:00.000Z', by: 'ann at a', what })
  const told = ordersOf({
    spec,
    assignments: {},
    bindings: {},
    longestLeaseMs: 1000,
    history: [
      { version: 2, spec },
      { version: 6, spec, note: note('groups.web added') },
    ],
    orders: [
      { index: 5, order: { action: 'drain', nodes: ['a', 'b'] }, note: note('drain a b') },
      { index: 9, order: { action: 'pause', group: null }, note: note('pause everything') },
    ],
  })
  const by = { at: '2026-11-22T16:00:00.000Z', by: 'ann at a' }
  expect(told).toEqual([
    { index: 5, action: 'drain', nodes: ['a', 'b'], group: null, what: 'drain a b', ...by },
    { index: 6, action: 'apply', nodes: [], group: null, what: 'groups.web added', ...by },
    { index: 9, action: 'pause', nodes: [], group: null, what: 'pause everything', ...by },
  ])
})
