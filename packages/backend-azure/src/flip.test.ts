import { expect, it } from 'vitest'
import { verdictOf } from './flip.ts'

const up = (ipAddress: string, reason = 'Up_Probe_Success') => ({ ipAddress, state: 'Up', reason })
const down = (ipAddress: string) => ({ ipAddress, state: 'Down', reason: 'Down_Probe_HttpStatusCodeError' })
const verdict = (...loadBalancerBackendAddresses: object[]): unknown => verdictOf({ loadBalancerBackendAddresses }, ['10.1.0.11'])

it('a flip is confirmed where exactly this node is up, and others are down, missing or stopped', () => {
  expect(verdict(up('10.1.0.11'), down('10.1.0.12'), { ipAddress: '', state: '', reason: '' })).toBe('confirmed')
})

it.each<[string, object[], string]>([
  ['this node is down', [down('10.1.0.11')], 'as Down (Down_Probe_HttpStatusCodeError)'],
  ['this node is not told of', [down('10.1.0.12')], 'does not tell of this node'],
  ['another one is up, too', [up('10.1.0.11'), up('10.1.0.12')], 'has 10.1.0.12 up, too'],
  ['all are down, and so taken for up', [up('10.1.0.11', 'Up_Probe_AllDownIsUp')], 'takes them for up'],
  ['its state is a word that nobody knows', [{ ipAddress: '10.1.0.11', state: 'Draining' }], 'as Draining'],
])('a flip is not confirmed where %s', (_, all, why) => {
  expect(verdict(...all)).toMatchObject({ why: expect.stringContaining(why) })
})
