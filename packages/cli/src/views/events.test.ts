import { expect, it } from 'vitest'
import { eventLines } from './events.ts'

it('what operators had done is a line of the cluster, with who it was', () => {
  const order = { kind: 'order', at: '2026-11-22T16:00:00.000Z', by: 'ann at a', nodes: [], group: null } as const
  expect(
    eventLines([
      { ...order, index: 5, action: 'pause', what: 'pause everything' },
      { ...order, index: 8, action: 'apply', what: 'groups.web added' },
    ]),
  ).toEqual([
    '2026-11-22T16:00:00.000Z  cluster  pause everything by ann at a',
    '2026-11-22T16:00:00.000Z  cluster  configuration 8 by ann at a: groups.web added',
  ])
})
