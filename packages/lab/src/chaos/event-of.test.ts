import { expect, it } from 'vitest'
import { eventOf } from './event-of.ts'
import type { LogLine } from './log-tail.ts'

const line = (event: string, fields: Record<string, unknown> = {}): LogLine => ({ at: 1, node: 'n1', event, fields })

it('an outage is told by the move of its group, else by the last word about it, else about the cluster, else by nothing', () => {
  const member = line('member', { member: 'n2', state: 'silent' })
  const dropped = line('dropped', { group: 'web', cause: 'lease-ended' })
  const moved = line('assigned', { group: 'web', previous: 'n1', holder: 'n2', cause: 'n1 is not heard' })
  const other = line('active', { group: 'web-2' })
  expect(eventOf([moved, dropped, member], 'web')).toBe('n1 to n2, n1 is not heard')
  expect(eventOf([dropped, member, other], 'web')).toBe('n1 dropped {"group":"web","cause":"lease-ended"}')
  expect(eventOf([member, other], 'web')).toBe('n1 member {"member":"n2","state":"silent"}')
  expect(eventOf([other, line('listening')], 'web')).toBeNull()
})
