import { describe, expect, it } from 'vitest'
import type { ClusterState, EntryBody, MaintenanceOrder } from '../model/index.ts'
import { specOf } from '../testing/hand-driven/cluster.ts'
import { applyEntry, bootstrapStored } from './apply.ts'
import { ORDERS_MAX } from './orders.ts'

const note = { at: '2026-11-22T16:00:00.000Z', by: 'ann at a', what: 'what it was' }
const given = (order: MaintenanceOrder): EntryBody => ({ type: 'maintenance', order, note })

function after(...bodies: readonly EntryBody[]): ClusterState {
  const start = bootstrapStored(specOf('abc')).snapshot.state
  return bodies.reduce((state, body, position) => applyEntry(state, { index: position + 1, term: 1, body }), start)
}

describe('the orders that are looked back on', () => {
  it('stay when what they did is over, with who gave them and when', () => {
    const [pause, unpause] = [
      { action: 'pause', group: null },
      { action: 'unpause', group: null },
    ] as const
    const state = after({ type: 'noop' }, given(pause), given(unpause))
    expect(state.maintenance).toBeUndefined()
    expect(state.orders).toEqual([
      { index: 2, order: pause, note },
      { index: 3, order: unpause, note },
    ])
  })

  it('are the latest only', () => {
    const state = after(...Array.from({ length: ORDERS_MAX + 7 }, () => given({ action: 'drain', nodes: ['a'] })))
    expect(state.orders).toHaveLength(ORDERS_MAX)
    expect(state.orders?.at(-1)?.index).toBe(ORDERS_MAX + 7)
  })
})
